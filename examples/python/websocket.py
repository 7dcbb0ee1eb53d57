"""The client's side of RFC 6455, as far as a session needs it: text messages, no
extensions. WebSocket(url) connects; recv() gives messages, and None once the other side
has closed, with its reason in .reason."""

import base64
import os
import socket
import ssl
import struct
import urllib.parse


class WebSocket:
    def __init__(self, url):
        u = urllib.parse.urlsplit(url)
        secure = u.scheme == "wss"
        port = u.port or (443 if secure else 80)
        self.socket = socket.create_connection((u.hostname, port), timeout=30)
        if secure:
            self.socket = ssl.create_default_context().wrap_socket(self.socket, server_hostname=u.hostname)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reason, self.buffer = "", b""
        path = (u.path or "/") + ("?" + u.query if u.query else "")
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {u.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise ConnectionError(head.decode(errors="replace"))

    def fileno(self):
        return self.socket.fileno()

    def send(self, message, opcode=1):
        data, mask = message.encode() if isinstance(message, str) else message, os.urandom(4)
        n = len(data)
        size = struct.pack("!B", 0x80 | n) if n < 126 else struct.pack("!BH", 0xFE, n) if n < 1 << 16 else struct.pack("!BQ", 0xFF, n)
        long = (mask * (n // 4 + 1))[:n]
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(long, "big")).to_bytes(n, "big")
        self.socket.sendall(struct.pack("!B", 0x80 | opcode) + size + mask + masked)

    def recv(self):
        """Wait for a message."""
        message = b""
        while True:
            first, size = self._take(2)
            size &= 0x7F
            if size >= 126:
                size = int.from_bytes(self._take(2 if size == 126 else 8), "big")
            data = self._take(size)
            opcode = first & 0x0F
            if opcode == 8:
                self.reason = data[2:].decode(errors="replace")
                return None
            if opcode == 9:
                self.send(data, 10)
            elif opcode < 8:
                message += data
                if first & 0x80:
                    return message.decode()

    def close(self):
        self.socket.close()

    def _take(self, n):
        while len(self.buffer) < n:
            self._more()
        data, self.buffer = self.buffer[:n], self.buffer[n:]
        return data

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the connection was lost")
        self.buffer += data
