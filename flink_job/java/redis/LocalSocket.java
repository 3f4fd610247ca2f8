package ringwatch.redis;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** A socket of this machine, by its path, that waits for an answer no longer than it is told. */
class LocalSocket implements Closeable {
    private final SocketChannel channel;
    private final Selector readable;
    private final Selector writable;
    private final int timeoutMs;

    LocalSocket(String path, int timeoutMs) throws IOException {
        this.timeoutMs = timeoutMs;
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(path));
        channel.configureBlocking(false);
        readable = Selector.open();
        writable = Selector.open();
        channel.register(readable, SelectionKey.OP_READ);
        channel.register(writable, SelectionKey.OP_WRITE);
    }

    InputStream in() {
        return new In();
    }

    OutputStream out() {
        return new Out();
    }

    private int read(ByteBuffer into) throws IOException {
        int found = channel.read(into);
        while (found == 0) {
            waitFor(readable);
            found = channel.read(into);
        }
        return found;
    }

    private void write(ByteBuffer from) throws IOException {
        while (from.hasRemaining()) {
            if (channel.write(from) == 0) {
                waitFor(writable);
            }
        }
    }

    private void waitFor(Selector ready) throws IOException {
        if (ready.select(timeoutMs) == 0) {
            throw new SocketTimeoutException("Redis does not answer within " + timeoutMs + " ms");
        }
        ready.selectedKeys().clear();
    }

    public void close() throws IOException {
        readable.close();
        writable.close();
        channel.close();
    }

    private class In extends InputStream {
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        public int read(byte[] into, int at, int length) throws IOException {
            return LocalSocket.this.read(ByteBuffer.wrap(into, at, length));
        }
    }

    private class Out extends OutputStream {
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        public void write(byte[] from, int at, int length) throws IOException {
            LocalSocket.this.write(ByteBuffer.wrap(from, at, length));
        }
    }
}
