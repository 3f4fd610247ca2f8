package ringwatch.redis;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Hands out the streams of a source, the i-th to reader i modulo their number; its state is what it has handed out. */
public class StreamSplits implements SplitEnumerator {
    private final SplitEnumeratorContext context;
    private final boolean bounded;
    private final TreeSet given;
    /** Splits that no reader has, by the reader that is to have them. */
    private final HashMap waiting = new HashMap();

    /** Takes the source's streams at their starts, and the names of those that readers had at a checkpoint. */
    StreamSplits(SplitEnumeratorContext context, List splits, Collection given, boolean bounded) {
        this.context = context;
        this.bounded = bounded;
        this.given = new TreeSet(given);
        for (int i = 0; i < splits.size(); i++) {
            StreamSplit split = (StreamSplit) splits.get(i);
            if (!given.contains(split.name)) {
                waitingFor(i % context.currentParallelism()).add(split);
            }
        }
    }

    private List waitingFor(int reader) {
        Integer number = Integer.valueOf(reader);
        List splits = (List) waiting.get(number);
        if (splits == null) {
            splits = new ArrayList();
            waiting.put(number, splits);
        }
        return splits;
    }

    public void start() {}

    public void handleSplitRequest(int reader, String host) {}

    public void addSplitsBack(List splits, int reader) {
        waitingFor(reader).addAll(splits);
        for (Object split : splits) {
            given.remove(((StreamSplit) split).name);
        }
        give(reader);
    }

    public void addReader(int reader) {
        give(reader);
    }

    private void give(int reader) {
        if (!context.registeredReaders().containsKey(Integer.valueOf(reader))) {
            return;
        }
        List splits = (List) waiting.remove(Integer.valueOf(reader));
        if (splits != null && !splits.isEmpty()) {
            for (Object split : splits) {
                given.add(((StreamSplit) split).name);
            }
            Map assigned = new HashMap();
            assigned.put(Integer.valueOf(reader), splits);
            context.assignSplits(new SplitsAssignment(assigned));
        }
        if (bounded) {
            context.signalNoMoreSplits(reader);
        }
    }

    public Object snapshotState(long checkpoint) {
        return new ArrayList(given);
    }

    public void close() {}

    /** Writes the names of the streams that were handed out. */
    public static class Serializer implements SimpleVersionedSerializer {
        private static final int VERSION = 1;

        public int getVersion() {
            return VERSION;
        }

        public byte[] serialize(Object names) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(bytes);
            out.writeInt(((List) names).size());
            for (Object name : (List) names) {
                out.writeUTF((String) name);
            }
            out.flush();
            return bytes.toByteArray();
        }

        public Object deserialize(int version, byte[] serialized) throws IOException {
            if (version != VERSION) {
                throw new IOException("the state of a source of Redis, of version " + version + ", comes from a later ringwatch");
            }
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(serialized));
            ArrayList names = new ArrayList();
            for (int left = in.readInt(); left > 0; left--) {
                names.add(in.readUTF());
            }
            return names;
        }
    }
}
