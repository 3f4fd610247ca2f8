package ringwatch.redis;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits for a Redis that cannot serve now, longer each time; refuses to wait where no retry mends it. */
public class Patience {
    private static final Logger LOG = LoggerFactory.getLogger(Patience.class);
    private static final long FIRST_MS = 50;
    private static final long LONGEST_MS = 5000;
    private static final long SAID_EVERY_MS = 60000;

    private final String place;
    private final String what;
    private long nextMs = FIRST_MS;
    private long saidMs = 0;
    private boolean waiting = false;

    /** Takes where the server is, and what it is to be: "read" or "written to". */
    public Patience(String place, String what) {
        this.place = place;
        this.what = what;
    }

    /** Waits before the next attempt; throws, with the mend, what no attempt mends. */
    public void pause(IOException error) throws IOException, InterruptedException {
        if (error instanceof RedisError && !((RedisError) error).passes()) {
            throw Mends.refused(place, what, (RedisError) error);
        }
        long now = System.currentTimeMillis();
        if (!waiting || now - saidMs >= SAID_EVERY_MS) {
            LOG.warn("Redis at " + place + " cannot be " + what + " (" + error.getMessage() + "); trying until it can.");
            saidMs = now;
        }
        waiting = true;
        Thread.sleep(nextMs);
        nextMs = Math.min(2 * nextMs, LONGEST_MS);
    }

    /** Notes that the server serves. */
    public void over() {
        if (waiting) {
            LOG.warn("Redis at " + place + " can be " + what + " again.");
            waiting = false;
        }
        nextMs = FIRST_MS;
    }
}
