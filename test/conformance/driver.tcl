# Runs one unit of Redis's Tcl test suite, against a server that runs already or against those that it starts itself.
#
#   tclsh driver.tcl <suite folder> <unit> <port> <seconds> [<test to leave out>...]
#   tclsh driver.tcl <suite folder> <unit> spawn:<first port>:<ports> <seconds> [<test to leave out>...]
#
# The suite's own runner ends a unit at the first error outside of a test, and waits for ever for a reply that does not
# come. Here a unit goes on with its next statement, and no reply is waited for longer than <seconds>.
#
# Events go to standard output, one a line: a record separator (0x1e), then fields between tabs:
#   testing name | ok name milliseconds | failed name why | ignored why | broken statement why | done
# Whatever else is printed there is the suite's own.

namespace eval conformance {
    variable suite [lindex $argv 0]
    variable unit [lindex $argv 1]
    # the server's port, or spawn:<first>:<count>
    variable ports [lindex $argv 2]
    variable patienceMs [expr {[lindex $argv 3] * 1000}]
    # names of the tests being run, the innermost last
    variable running {}
    variable failed 0
    variable readable
}

proc conformance::tell {kind args} {
    set fields [list $kind]
    foreach field $args {
        lappend fields [string range [string map {\t " " \n " | " \r "" \x1e ""} $field] 0 500]
    }
    puts "\x1e[join $fields \t]"
}

# --- the suite without its last lines, which would start the units

cd $conformance::suite
set conformance::leftOut {}
foreach name [lrange $argv 4 end] {lappend conformance::leftOut --skiptest $name}
set argv [list --durable --clients 1 --single $conformance::unit {*}$conformance::leftOut]
if {[scan $conformance::ports spawn:%d:%d conformance::first conformance::count] == 2} {
    lappend argv --baseport $conformance::first --portcount $conformance::count
} else {
    lappend argv --host 127.0.0.1 --port $conformance::ports
}
apply {{} {
    set file [open tests/test_helper.tcl]
    set text [read $file]
    close $file
    set end [string last "\nif {\$::client} \{" $text]
    if {$end < 0} {error "tests/test_helper.tcl does not end as expected"}
    uplevel #0 [string range $text 0 $end]
}}
fconfigure stdout -buffering line -encoding utf-8
set ::durable 1
set ::test_server_fd conformance
# a port that is taken, for a test that wants one
set conformance::taken [socket -server {apply {{channel args} {close $channel}}} -myaddr 127.0.0.1 0]
set ::test_server_port [lindex [fconfigure $conformance::taken -sockname] 2]

# --- what the suite tells its runner

proc send_data_packet {fd status data {elapsed 0}} {
    switch -- $status {
        ok {conformance::tell ok $data $elapsed}
        ignore {conformance::tell ignored $data}
        testing {conformance::tell testing $data}
        err {
            if {[regexp {^Can't start the Redis server.*\nERROR:(.*)} $data - why]} {
                set why "the server does not start: $why"
            # of an error that is no assertion the text comes twice, the first time cut
            } elseif {![regexp {\n([^\n]*\n    (?:while executing|invoked from within).*)} $data - why]} {
                set why [join [lrange [split $data \n] 1 end] \n]
            }
            conformance::fail $why
        }
    }
}

proc conformance::fail {why} {
    variable running
    variable failed 1
    if {[llength $running] > 0} {
        tell failed [lindex $running end] $why
    } else {
        tell broken $::curfile $why
    }
}

rename test conformance::suite_test
proc test {name args} {
    lappend conformance::running $name
    set conformance::failed 0
    set code [catch {uplevel 1 [list conformance::suite_test $name {*}$args]} result options]
    if {$code == 1} {conformance::fail $result}
    set conformance::running [lrange $conformance::running 0 end-1]
    if {$conformance::failed && [llength $conformance::running] == 0} {conformance::recover}
    if {$code > 1} {return -options $options $result}
}

# --- blocks statement by statement, so that an error ends its statement only

proc conformance::steps {code} {
    variable running
    set statement ""
    foreach line [split $code \n] {
        append statement $line \n
        if {![info complete $statement]} continue
        set code [catch {uplevel 1 $statement} result options]
        if {$code == 1 && [llength $running] == 0} {
            tell broken [string range [string trim $statement] 0 100] $result
            recover
        } elseif {$code == 1 && ![string match assertion:* $result]} {
            # any other error the suite's start_server would note and drop, and with it the server around its own
            return -options $options "assertion:$result"
        } elseif {$code != 0} {
            return -options $options $result
        }
        set statement ""
    }
}

rename tags conformance::suite_tags
proc tags {tags code} {
    uplevel 1 [list conformance::suite_tags $tags [list conformance::steps $code]]
}

rename start_server conformance::suite_start_server
proc start_server {options {code undefined}} {
    if {$code ne "undefined"} {set code [list conformance::steps $code]}
    set status [catch {uplevel 1 [list conformance::suite_start_server $options $code]} result more]
    if {$status == 1 && [llength $conformance::running] == 0} {
        conformance::tell broken start_server $result
        return
    }
    return -options $more $result
}

# In the place of the suite's procedure of this name, which waits two minutes for a server that has ended at once. True
# when the port was taken.
proc wait_server_started {config_file stdout pid} {
    while 1 {
        set ended [catch {exec kill -0 $pid}]
        set log [exec cat $stdout]
        if {[regexp -- " PID: $pid" $log]} {return 0}
        if {[regexp {Failed listening on port} $log]} {return 1}
        if {$ended} {
            start_server_error $config_file "ended at once: $log [exec cat [file dirname $stdout]/stderr]"
            return 0
        }
        after 20
    }
}

# In the place of the suite's procedure of this name: a command that is missing does not keep the block from running, and
# the server's pid is known to the tests that look for its children.
proc run_external_server_test {code overrides} {
    set client [redis $::host $::port 0 $::tls]
    # of a server that does not tell: a number that no process has
    set pid 4194305
    catch {regexp {process_id:(\d+)} [$client info server] - pid}
    catch {$client select 9}
    lappend ::servers [dict create host $::host port $::port client $client pid $pid \
        config [dict create port $::port] stdout /dev/null stderr /dev/null]
    catch {r flushall}
    catch {r function flush}
    set before {}
    foreach {name value} $overrides {
        if {[catch {
            dict set before $name [lindex [r config get $name] 1]
            r config set $name $value
            # the block may begin with a rewrite of its own, which would be one too many: as the suite has it
            if {$name eq "appendonly" && $value eq "yes"} {waitForBgrewriteaof r}
        } why]} {
            conformance::tell broken "config set $name" $why
            dict unset before $name
        }
    }
    set depth [llength $::servers]
    set status [catch {uplevel 2 $code} result options]
    # what a failed test has left open
    set ::servers [lrange $::servers 0 [expr {$depth - 1}]]
    dict for {name value} $before {catch {r config set $name $value}}
    catch {[srv client] close}
    set ::servers [lrange $::servers 0 end-1]
    if {$status == 1 && [llength $conformance::running] == 0} {
        conformance::tell broken start_server $result
        return
    }
    return -options $options $result
}

# Connects again when the main connection is out of step: a reply too many, or closed.
proc conformance::recover {} {
    variable patienceMs
    if {[llength $::servers] == 0} return
    set usual $patienceMs
    set patienceMs 3000
    set inStep [expr {![catch {r ping} answer] && $answer in {PONG {}}}]
    set patienceMs $usual
    for {set attempt 0} {!$inStep && $attempt < 20} {incr attempt} {
        set inStep [expr {![catch {reconnect}]}]
        if {!$inStep} {after 100}
    }
}

# --- replies that are waited for, but not for ever

# Runs a script each time there is something to read, until it says that it is done or the other end has closed.
proc conformance::patiently {fd script} {
    fconfigure $fd -blocking 0
    set code [catch {
        while {![uplevel 1 $script] && ![eof $fd]} {await $fd}
    } result options]
    catch {fconfigure $fd -blocking 1}
    return -options $options $result
}

proc conformance::await {fd} {
    variable readable
    variable patienceMs
    set readable($fd) ""
    set alarm [after $patienceMs [list set conformance::readable($fd) late]]
    fileevent $fd readable [list set conformance::readable($fd) yes]
    while {$readable($fd) eq ""} {vwait conformance::readable($fd)}
    after cancel $alarm
    catch {fileevent $fd readable {}}
    if {$readable($fd) eq "late"} {error "no reply within [expr {$patienceMs / 1000}] seconds"}
}

rename redis::redis_safe_read conformance::suite_read
proc redis::redis_safe_read {fd length} {
    if {$length < 0 || ![fconfigure $fd -blocking]} {return [conformance::suite_read $fd $length]}
    set bytes ""
    conformance::patiently $fd {
        append bytes [conformance::suite_read $fd [expr {$length - [string length $bytes]}]]
        expr {[string length $bytes] == $length}
    }
    return $bytes
}

rename redis::redis_safe_gets conformance::suite_gets
proc redis::redis_safe_gets {fd} {
    if {![fconfigure $fd -blocking]} {return [conformance::suite_gets $fd]}
    set line ""
    conformance::patiently $fd {
        set line [conformance::suite_gets $fd]
        expr {![fblocked $fd]}
    }
    return $line
}

# --- the unit

set ::curfile tests/$conformance::unit.tcl
set conformance::file [open $::curfile]
set conformance::text [read $conformance::file]
close $conformance::file
if {[catch {conformance::steps $conformance::text} conformance::why]} {
    conformance::tell broken $::curfile $conformance::why
}
conformance::tell done
