package ringwatch.redis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trims the streams of a source, and keeps what the last two complete checkpoints may still need; for one thread. */
class Trim {
    private static final Logger LOG = LoggerFactory.getLogger(Trim.class);
    private static final long EVERY_NS = 5000000000L;
    private static final long SAID_EVERY_NS = 60000000000L;
    /** No entry goes unread, however many there are. */
    private static final Long NO_LIMIT = Long.valueOf(1L << 53);
    private static final int MOST_RUNS = 20;
    private static final long FEW = 1000; // entries that left in one run: what remains can wait

    private final String prefix;
    private final Script script;
    private final Long softLength;
    private final Long abandonedMs;
    private final HashSet known = new HashSet(); // streams of which Redis knows what is needed
    private volatile Map needed;
    private long ranNs = System.nanoTime();
    private long saidNs = ranNs - SAID_EVERY_NS;

    Trim(String prefix, String script, long softLength, long abandonedMs) {
        this.prefix = prefix;
        this.script = new Script(script);
        this.softLength = Long.valueOf(softLength);
        this.abandonedMs = Long.valueOf(abandonedMs);
    }

    /** Takes the ids after which entries are needed, by name, from another thread. */
    void need(Map positions) {
        needed = positions;
    }

    /** Writes down what is needed, and trims now and then. */
    void run(Link link) throws IOException {
        try {
            Map positions = needed;
            if (positions != null) {
                link.call(words(positions));
                needed = needed == positions ? null : needed;
                known.addAll(positions.keySet());
            }
            if (System.nanoTime() - ranNs >= EVERY_NS) {
                ranNs = System.nanoTime();
                trim(link, known);
            }
        } catch (RedisError refused) {
            if (refused.passes()) {
                throw refused;
            }
            if (System.nanoTime() - saidNs >= SAID_EVERY_NS) {
                saidNs = System.nanoTime();
                LOG.warn("The streams of " + prefix + " cannot be trimmed and grow (" + refused.getMessage() + "): " + Mends.of(refused) + ".");
            }
        }
    }

    private Object[] words(Map positions) {
        ArrayList words = new ArrayList();
        words.add("HSET");
        words.add(prefix + "needed");
        for (Object name : positions.keySet()) {
            words.add(prefix + name);
            words.add(positions.get(name));
        }
        return words.toArray();
    }

    private void trim(Link link, Collection names) throws IOException {
        for (Object name : names) {
            String[] keys = new String[] {prefix + name, prefix + "needed"};
            Object[] bounds = new Object[] {softLength, NO_LIMIT, abandonedMs};
            for (int i = 0; i < MOST_RUNS; i++) {
                if (((Long) ((List) script.run(link, keys, bounds)).get(0)).longValue() < FEW) {
                    break;
                }
            }
        }
    }
}
