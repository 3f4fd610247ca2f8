package ringwatch.redis;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a stream within its limits, by the script of ops/redis/trimming.py. */
public class Trimming implements Serializable {
    private static final long serialVersionUID = 1;
    private static final Logger LOG = LoggerFactory.getLogger(Trimming.class);
    private static final int MOST_ROUNDS = 100; // of some 10,000 entries each
    private static final long SAID_EVERY_MS = 60000;

    private final String text;
    private final Object[] limits;
    private transient Script script;
    private transient long saidMs;
    private transient long dropped;

    /** Takes the script, the soft and the hard limit, and after how many ms a private group is abandoned. */
    public Trimming(String text, long soft, long hard, long abandonedMs) {
        this.text = text;
        this.limits = new Object[] {Long.valueOf(soft), Long.valueOf(hard), Long.valueOf(abandonedMs)};
    }

    /** Trims the stream; returns how many entries went that somebody had not read. */
    public long trim(Link link, String stream, String needed) throws IOException {
        if (script == null) {
            script = new Script(text);
        }
        long unread = 0;
        for (int round = 0; round < MOST_ROUNDS; round++) {
            List said = (List) script.run(link, new String[] {stream, needed}, limits);
            long now = ((Long) said.get(1)).longValue();
            unread += now;
            if (now > 0) {
                say(stream, now, (String) said.get(2));
            }
            if (((Long) said.get(0)).longValue() == 0) {
                break;
            }
        }
        return unread;
    }

    private void say(String stream, long count, String slowest) {
        dropped += count;
        long now = System.currentTimeMillis();
        if (now - saidMs < SAID_EVERY_MS) {
            return;
        }
        saidMs = now;
        boolean checkpoints = slowest.startsWith(stream);
        LOG.warn("Stream " + stream + " is full: " + dropped + " entries so far were dropped that "
                + (checkpoints ? "a checkpoint may need. Complete checkpoints more often" : "consumer group " + slowest + " had not read. "
                        + "Let it read on, remove it (XGROUP DESTROY " + stream + " " + slowest + ")")
                + ", or raise the setting redis.hard_max_length.");
    }
}
