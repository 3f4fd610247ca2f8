package ringwatch.redis;

import org.apache.flink.metrics.Counter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The decisions that a job makes again after a restart, and that are in the stream already.
 *
 * <p>Some entries are never matched: those of other subtasks, and those whose events came before the checkpoint. They
 * are forgotten when the replay is over for sure: two checkpoints in a row with new decisions and no match, some
 * minutes after the last one, since one of several sources may be away for a while.
 */
public class Replay {
    private static final Logger LOG = LoggerFactory.getLogger(Replay.class);
    private static final long QUIET_MS = 300000;
    private static final int QUIET_CHECKPOINTS = 2;

    private final Counter repeated;
    private Tail tail = null;
    private long matchedMs;
    private boolean matched = false;
    private boolean wrote = false;
    private int quiet = 0;

    public Replay(Counter repeated) {
        this.repeated = repeated;
    }

    public void begin(Tail tail) {
        this.tail = tail;
        matchedMs = System.currentTimeMillis();
    }

    public boolean hasBegun() {
        return tail != null;
    }

    /** Returns whether a decision is in the stream already. */
    public boolean has(Decided decided) {
        if (tail.size() == 0 || !tail.match(decided.identity())) {
            return false;
        }
        repeated.inc();
        matched = true;
        return true;
    }

    /** Notes new decisions. */
    public void wrote(int count) {
        wrote |= count > 0;
    }

    /** Returns the id to read after at a restart, where `last` is the last that was written. */
    public String position(String last) {
        return tail.position(last);
    }

    /** Notes that a checkpoint is complete. */
    public void checkpointed(String stream) {
        checkpointed(stream, System.currentTimeMillis());
    }

    public void checkpointed(String stream, long nowMs) {
        if (matched) {
            matchedMs = nowMs;
            quiet = 0;
        } else if (wrote) {
            quiet++;
        }
        matched = false;
        wrote = false;
        if (tail.size() > 0 && quiet >= QUIET_CHECKPOINTS && nowMs - matchedMs >= QUIET_MS) {
            LOG.info(tail.size() + " entries of stream " + stream + " were not made again, and are forgotten.");
            tail.forget();
        }
    }
}
