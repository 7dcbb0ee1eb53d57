package main

import (
	"net"
	"os"
)

// States that a service manager receives, see sd_notify(3).
const (
	serviceReady    = "READY=1"
	serviceStopping = "STOPPING=1"
)

// notify sends the state of this process to the service manager that started it, if
// that asks for it, as systemd does for a unit with Type=notify.
func (a *app) notify(state string) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err == nil {
		_, err = conn.Write([]byte(state))
		conn.Close()
	}
	if err != nil {
		a.say("warning: cannot notify the service manager of %s: %v", state, err)
	}
}
