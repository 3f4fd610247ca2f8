package ringwatch.redis;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** The records of a Redis stream, or of its partitions, whose positions are in Flink's state. */
public class StreamSource implements Source, ResultTypeQueryable {
    private static final long serialVersionUID = 1;

    private final Server server;
    private final String client;
    private final boolean bounded;
    private final ArrayList names = new ArrayList();
    private final ArrayList starts = new ArrayList();
    private final ArrayList read = new ArrayList();
    /** The last entry to be read, by name; empty where the source goes on for ever. */
    private final HashMap ends = new HashMap();
    private String trimScript;
    private long softLength;
    private long abandonedMs;

    /** Takes the name that CLIENT LIST is to show. */
    public StreamSource(Server server, String client, boolean bounded) {
        this.server = server;
        this.client = client;
        this.bounded = bounded;
    }

    /**
     * Adds a stream by its key without the prefix.
     *
     * @param start the id after which a job without a checkpoint begins
     * @param read how many of all entries ever added lie before that, -1 where nobody knows
     * @param end the id of the last entry that a bounded source reads, null otherwise
     */
    public void add(String name, String start, long read, String end) {
        names.add(name);
        starts.add(start);
        this.read.add(Long.valueOf(read));
        if (end != null) {
            ends.put(name, end);
        }
    }

    /** Lets the readers trim the streams by a script, to about so many entries; see ops/redis/trimming.py. */
    public void trim(String script, long softLength, long abandonedMs) {
        trimScript = script;
        this.softLength = softLength;
        this.abandonedMs = abandonedMs;
    }

    public Boundedness getBoundedness() {
        return bounded ? Boundedness.BOUNDED : Boundedness.CONTINUOUS_UNBOUNDED;
    }

    public SourceReader createReader(SourceReaderContext context) {
        Trim trim = trimScript == null ? null : new Trim(server.prefix(), trimScript, softLength, abandonedMs);
        return new StreamReader(context, new Fetcher(server, client, ends, trim), names);
    }

    public SplitEnumerator createEnumerator(SplitEnumeratorContext context) {
        return new StreamSplits(context, splits(false), Collections.emptyList(), bounded);
    }

    public SplitEnumerator restoreEnumerator(SplitEnumeratorContext context, Object given) {
        return new StreamSplits(context, splits(true), (Collection) given, bounded);
    }

    /** Returns the streams; those that come to a job which runs already are new, and begin at their oldest entry. */
    private List splits(boolean restored) {
        ArrayList splits = new ArrayList();
        for (int i = 0; i < names.size(); i++) {
            String start = restored ? EntryId.FIRST : (String) starts.get(i);
            long before = restored ? StreamSplit.UNKNOWN : ((Long) read.get(i)).longValue();
            splits.add(new StreamSplit((String) names.get(i), start, before));
        }
        return splits;
    }

    public SimpleVersionedSerializer getSplitSerializer() {
        return new StreamSplit.Serializer();
    }

    public SimpleVersionedSerializer getEnumeratorCheckpointSerializer() {
        return new StreamSplits.Serializer();
    }

    public TypeInformation getProducedType() {
        return Types.STRING;
    }
}
