package ringwatch.redis;

import java.io.IOException;
import java.util.List;
import java.util.TreeMap;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * Writes each decision into a stream once, without a marker for each: the stream itself is the marker.
 *
 * <p>A checkpoint holds the id after which entries may be written again. A restart reads what the stream holds after
 * it, and leaves out the decisions that are there. {@link Fence} sees to it that nothing else comes in meanwhile. A lost
 * reply is mended the same way.
 */
public class WriteDecisions extends AbstractStreamOperator
        implements OneInputStreamOperator, ProcessingTimeService.ProcessingTimeCallback, Gauge {
    private static final long serialVersionUID = 1;
    private static final long BATCH_MS = 2; // longest wait for a batch to fill
    private static final int TIMEOUT_MS = 5000;
    private static final int REPLICAS_WITHIN_MS = 1000;

    private final Server server;
    private final String name;
    private final String begin;
    private final Trimming trimming;
    private final int replicas;
    private transient String stream;
    private transient ListState written;
    private transient TreeMap positions; // of checkpoints that are not complete yet, by their number
    private transient String completed; // position of the last complete one
    private transient Fence fence;
    private transient Link link;
    private transient Patience patience;
    private transient Batch batch;
    private transient Replay replay;
    private transient String last;
    private transient boolean timed;
    private transient long waitingSince;
    private transient Counter writes;
    private transient Counter retries;
    private transient Counter fenced;
    private transient Counter tailMissing;
    private transient Counter dropped;

    /**
     * @param name of the stream, after the prefix
     * @param begin the id after which a job without state finds what it has written: the stream's last before it began
     * @param replicas how many must have what is written
     */
    public WriteDecisions(Server server, String name, String begin, Trimming trimming, int replicas) {
        this.server = server;
        this.name = name;
        this.begin = begin;
        this.trimming = trimming;
        this.replicas = replicas;
    }

    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        written = context.getOperatorStateStore().getUnionListState(new ListStateDescriptor("written", Types.STRING));
        stream = server.prefix() + name;
        positions = new TreeMap();
        completed = restored();
        last = completed;
        batch = new Batch();
        count();
        patience = new Patience(server.place(), "written to");
        fence = new Fence(
                server.prefix() + "fence:" + name,
                getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(),
                getRuntimeContext().getJobInfo().getJobId().toString(),
                getRuntimeContext().getTaskInfo().getAttemptNumber());
        flush();
    }

    /** Returns the least position of all subtasks of the job that is restored. */
    private String restored() throws Exception {
        String least = null;
        for (Object one : (Iterable) written.get()) {
            if (least == null || Tail.older((String) one, least)) {
                least = (String) one;
            }
        }
        return least == null ? begin : least;
    }

    private void count() {
        writes = getMetricGroup().counter("redis_written");
        retries = getMetricGroup().counter("redis_retries");
        fenced = getMetricGroup().counter("redis_fenced");
        tailMissing = getMetricGroup().counter("redis_tail_missing");
        dropped = getMetricGroup().counter("redis_dropped_unread");
        replay = new Replay(getMetricGroup().counter("redis_repeated"));
        getMetricGroup().gauge("redis_waiting_s", this);
    }

    /** Returns the seconds that the job has waited for Redis so far. */
    public Object getValue() {
        long since = waitingSince;
        return Long.valueOf(since == 0 ? 0 : (System.currentTimeMillis() - since) / 1000);
    }

    public void processElement(StreamRecord element) throws Exception {
        Decided decided = new Decided((String) element.getValue());
        if (replay.has(decided)) {
            return;
        }
        batch.add(decided);
        if (batch.size() == Batch.MOST) {
            flush();
        } else if (!timed) {
            timed = true;
            getProcessingTimeService().registerTimer(getProcessingTimeService().getCurrentProcessingTime() + BATCH_MS, this);
        }
    }

    public void onProcessingTime(long now) throws Exception {
        timed = false;
        if (batch.size() > 0) {
            flush();
        }
    }

    /** Writes what is in hand, however long that takes. */
    private void flush() throws Exception {
        while (true) {
            try {
                if (link == null) {
                    connect();
                }
                if (batch.size() > 0) {
                    int count = batch.size();
                    last = batch.write(link, stream, fence);
                    writes.inc(count);
                    replay.wrote(count);
                }
                awaitReplicas();
                break;
            } catch (IOException error) {
                hangUp();
                refuse(error);
                waitingSince = waitingSince == 0 ? System.currentTimeMillis() : waitingSince;
                patience.pause(error);
                retries.inc();
            }
        }
        waitingSince = 0;
        patience.over();
    }

    /** Shuts out whoever else writes, and then takes from the stream what has been written already. */
    private void connect() throws IOException {
        link = server.connect("ringwatch-decisions", TIMEOUT_MS);
        fence.take(link);
        Tail tail = Tail.after(link, stream, last);
        if (!replay.hasBegun()) {
            replay.begin(tail);
            if (!tail.missing().isEmpty()) {
                tailMissing.inc();
                LOG.warn("Stream " + stream + ": the job goes on after entry " + last + ", and " + tail.missing()
                        + ": a decision that is made again and whose entry is gone is written again. "
                        + "Leave the trimming to the job (redis.max_length).");
            }
        } else {
            writes.inc(batch.leaveOut(tail));
        }
        last = tail.end();
        trim();
    }

    /** Throws for a reply that tells this attempt to end. */
    private void refuse(IOException error) throws IOException {
        if (Fence.refuses(error)) {
            fenced.inc();
            throw new IOException("Stream " + stream + ": a later attempt of the job, or another job, writes here; this one ends", error);
        }
    }

    private void awaitReplicas() throws IOException {
        if (replicas > 0) {
            Object[] wait = {"WAIT", Integer.valueOf(replicas), Integer.valueOf(REPLICAS_WITHIN_MS)};
            long count = ((Long) link.call(wait)).longValue();
            if (count < replicas) {
                throw new IOException(count + " of " + replicas + " replicas (redis.replicas) have the entries");
            }
        }
    }

    private void trim() throws IOException {
        dropped.inc(trimming.trim(link, stream, server.prefix() + "needed"));
    }

    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        if (batch.size() > 0) {
            flush();
        }
        String position = replay.position(last);
        positions.put(Long.valueOf(context.getCheckpointId()), position);
        written.clear();
        written.add(position);
    }

    public void notifyCheckpointComplete(long number) throws Exception {
        super.notifyCheckpointComplete(number);
        Object position = positions.remove(Long.valueOf(number));
        positions.headMap(Long.valueOf(number)).clear();
        if (position == null) {
            return;
        }
        String before = completed;
        completed = (String) position;
        replay.checkpointed(stream);
        if (link == null) {
            return; // the next write connects
        }
        try {
            link.call(new Object[] {"HSET", server.prefix() + "needed", stream + "#" + fence.field, before});
            trim();
        } catch (IOException error) {
            hangUp();
            if (error instanceof RedisError && !((RedisError) error).passes()) {
                patience.pause(error); // it throws, with the mend
            }
        }
    }

    public void finish() throws Exception {
        if (batch.size() > 0) {
            flush();
        }
        super.finish();
    }

    private void hangUp() {
        if (link != null) {
            link.close();
            link = null;
        }
    }

    public void close() throws Exception {
        hangUp();
        super.close();
    }
}
