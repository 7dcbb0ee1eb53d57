package main

import (
	"net"
	"os"
)

// What a service manager is told, see sd_notify(3).
const (
	serviceReady    = "READY=1"
	serviceStopping = "STOPPING=1"
)

// notify tells the service manager that started this process how it stands, if it
// wants to know: systemd does of a unit with Type=notify.
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
		a.say("warning: the service manager is not told %s: %v", state, err)
	}
}
