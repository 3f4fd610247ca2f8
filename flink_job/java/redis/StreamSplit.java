package ringwatch.redis;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** A stream and a position in it. */
public class StreamSplit implements SourceSplit {
    static final long UNKNOWN = -1;

    /** The stream's key without the prefix: a job may move to another one. */
    final String name;
    /** The id of the last entry that was handed on. */
    String last;
    /** How many of all entries that were ever added lie before the next one, or UNKNOWN. */
    long read;
    /** How many were ever added, and how many are there, as Redis said last; for metrics. */
    volatile long added;
    volatile long length;

    public StreamSplit(String name, String last, long read) {
        this.name = name;
        this.last = last;
        this.read = read;
    }

    public String splitId() {
        return name;
    }

    public String last() {
        return last;
    }

    public long read() {
        return read;
    }

    StreamSplit copy() {
        return new StreamSplit(name, last, read);
    }

    /** Returns how many entries wait; where it is not known how many were read, all that are there. */
    long lag() {
        return read == UNKNOWN ? length : Math.max(0, added - read);
    }

    /** Writes splits as bytes. */
    public static class Serializer implements SimpleVersionedSerializer {
        private static final int VERSION = 1;

        public int getVersion() {
            return VERSION;
        }

        public byte[] serialize(Object split) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeUTF(((StreamSplit) split).name);
            out.writeUTF(((StreamSplit) split).last);
            out.writeLong(((StreamSplit) split).read);
            out.flush();
            return bytes.toByteArray();
        }

        public Object deserialize(int version, byte[] serialized) throws IOException {
            if (version != VERSION) {
                throw new IOException("a position in Redis of version " + version + " comes from a later ringwatch");
            }
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized));
            String name = in.readUTF();
            String last = in.readUTF();
            return new StreamSplit(name, last, in.readLong());
        }
    }
}
