package ringwatch.redis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.flink.metrics.Counter;

/** The thread of a reader that asks Redis for entries, and once a second for what has left its streams. */
class Fetcher implements Runnable {
    private static final int LONGEST = (1 << 16) + 2; // of a record: the parser says that a longer one is too long
    private static final int MOST_ENTRIES = 500; // of a batch
    private static final long MOST_BYTES = 4 << 20;
    private static final int MOST_BATCHES = 2;
    private static final int TIMEOUT_MS = 5000;
    private static final long LOOK_EVERY_NS = 1000000000L;
    private static final long WAIT_MS = 200;
    private static final long SHORT_WAIT_MS = 2; // for entries of the millisecond of those that are held

    private final Server server;
    private final String client;
    private final Map ends;
    private final Trim trim;
    private final Patience patience;
    private final ArrayList cursors = new ArrayList();
    private final Merge merge = new Merge(cursors);
    private final ConcurrentLinkedQueue added = new ConcurrentLinkedQueue();
    private final ArrayBlockingQueue batches = new ArrayBlockingQueue(MOST_BATCHES);
    private CompletableFuture available = new CompletableFuture();
    private Thread thread;
    private Counter retries;
    private volatile Throwable failure;
    private volatile boolean closed = false;
    private volatile Link link;
    private List batch;
    private int entries = MOST_ENTRIES;
    private long lookedNs;
    private boolean lookNow = true;

    /** Takes the last ids to be read by name, empty for none, and what trims, null for nothing. */
    Fetcher(Server server, String client, Map ends, Trim trim) {
        this.server = server;
        this.client = client;
        this.ends = ends;
        this.trim = trim;
        this.patience = new Patience(server.place(), "read");
    }

    void count(Counter retries) {
        this.retries = retries;
    }

    /** Reads these splits, too. */
    void add(List splits) {
        for (Object each : splits) {
            StreamSplit split = (StreamSplit) each;
            added.add(new Cursor(split, server.prefix(), (String) ends.get(split.name)));
        }
        if (thread == null) {
            thread = new Thread(this, "redis " + client);
            thread.setDaemon(true);
            thread.start();
        }
    }

    void need(Map positions) {
        if (trim != null) {
            trim.need(positions);
        }
    }

    /** Returns the next steps, null if there are none now; throws what has ended the thread. */
    List poll() throws IOException {
        if (failure != null) {
            throw failure instanceof RedisError ? (RedisError) failure : new IOException(failure);
        }
        List next = (List) batches.poll();
        if (next == null) {
            synchronized (this) {
                next = (List) batches.poll();
                if (next == null && failure == null) {
                    available = new CompletableFuture();
                }
            }
        }
        return next;
    }

    synchronized CompletableFuture available() {
        return available;
    }

    synchronized void wake() {
        available.complete(null);
    }

    void close() throws InterruptedException {
        closed = true;
        Link open = link;
        if (open != null) {
            open.close();
        }
        if (thread != null) {
            thread.interrupt();
            thread.join(TIMEOUT_MS);
        }
    }

    public void run() {
        try {
            while (!closed && !isOver()) {
                try {
                    goOn();
                } catch (IOException error) {
                    disconnect();
                    if (!closed) {
                        retries.inc();
                        patience.pause(error);
                    }
                }
            }
        } catch (InterruptedException stopped) {
            // closed
        } catch (Throwable error) {
            failure = error;
            wake();
        } finally {
            disconnect();
        }
    }

    private void disconnect() {
        if (link != null) {
            link.close();
            link = null;
        }
    }

    private boolean isOver() {
        for (Object cursor : cursors) {
            if (!((Cursor) cursor).finished) {
                return false;
            }
        }
        return batch == null && added.isEmpty() && !cursors.isEmpty();
    }

    private void goOn() throws IOException, InterruptedException {
        for (Object cursor = added.poll(); cursor != null; cursor = added.poll()) {
            cursors.add(cursor);
            lookNow = true;
        }
        if (link == null) {
            link = server.connect(client, TIMEOUT_MS);
            link.cutTexts(LONGEST);
            lookNow = true;
        }
        if (batch != null && !batches.offer(batch, WAIT_MS, TimeUnit.MILLISECONDS)) {
            askLengths();
        } else {
            if (batch != null) {
                batch = null;
                wake();
            }
            if (!isOver()) {
                fetch();
            }
        }
        patience.over();
        if (trim != null) {
            trim.run(link);
        }
    }

    private boolean isToLook() {
        return lookNow || System.nanoTime() - lookedNs >= LOOK_EVERY_NS;
    }

    /** Asks how many entries there are while the job takes none. */
    private void askLengths() throws IOException {
        if (!isToLook()) {
            return;
        }
        for (Object each : cursors) {
            sendInfo((Cursor) each);
        }
        link.flush();
        for (Object each : cursors) {
            Info info = null;
            try {
                info = Info.of(link.reply());
            } catch (RedisError error) {
                info = Info.of(error);
            }
            if (info != null) {
                ((Cursor) each).split.added = info.added;
                ((Cursor) each).split.length = info.length;
            }
        }
        lookedNs = System.nanoTime();
    }

    private void fetch() throws IOException {
        ArrayList asked = new ArrayList();
        boolean isHeld = false;
        for (Object each : cursors) {
            Cursor cursor = (Cursor) each;
            isHeld = isHeld || !cursor.held.isEmpty();
            if (!cursor.finished && cursor.held.size() < MOST_ENTRIES) {
                asked.add(cursor);
            } else {
                cursor.hasMore = !cursor.finished; // nobody has asked
            }
        }
        int count = Math.max(1, entries / cursors.size());
        boolean waited = false;
        if (!asked.isEmpty()) { // else all hold so many entries that some can be released
            waited = isToLook() ? look(asked, count) : read(asked, count, isHeld ? SHORT_WAIT_MS : WAIT_MS);
        }
        long size = link.size();
        entries = size > MOST_BYTES ? (int) Math.max(1, entries * MOST_BYTES / size) : Math.min(MOST_ENTRIES, 2 * entries);
        List steps = merge.released(waited);
        batch = steps.isEmpty() ? null : steps;
    }

    /** Waits for entries and takes them; returns whether there was none all the time. */
    private boolean read(List asked, int count, long waitMs) throws IOException {
        List reply = (List) link.call(asking(asked, count, waitMs));
        Map found = byKey(reply);
        for (Object each : asked) {
            Cursor cursor = (Cursor) each;
            cursor.take(entriesOf(cursor, found), count);
            lookNow = lookNow || cursor.atEnd;
        }
        return reply == null;
    }

    /** Takes what entries there are, with what Redis says of the streams in the same moment; waits for none. */
    private boolean look(List asked, int count) throws IOException {
        link.send(new Object[] {"MULTI"});
        link.send(asking(asked, count, 0));
        for (Object each : asked) {
            sendInfo((Cursor) each);
        }
        link.send(new Object[] {"EXEC"});
        link.flush();
        for (int i = asked.size() + 2; i > 0; i--) {
            link.reply();
        }
        List replies = (List) link.reply();
        if (replies.get(0) instanceof RedisError) {
            throw (RedisError) replies.get(0);
        }
        Map found = byKey((List) replies.get(0));
        for (int i = 0; i < asked.size(); i++) {
            Cursor cursor = (Cursor) asked.get(i);
            cursor.take(entriesOf(cursor, found), count, Info.of(replies.get(i + 1)));
        }
        lookedNs = System.nanoTime();
        lookNow = false;
        return false;
    }

    private void sendInfo(Cursor cursor) throws IOException {
        link.send(new Object[] {"XINFO", "STREAM", cursor.key});
    }

    private static Object[] asking(List asked, int count, long waitMs) {
        ArrayList words = new ArrayList();
        words.add("XREAD");
        words.add("COUNT");
        words.add(Integer.valueOf(count));
        if (waitMs > 0) {
            words.add("BLOCK");
            words.add(Long.valueOf(waitMs));
        }
        words.add("STREAMS");
        for (Object cursor : asked) {
            words.add(((Cursor) cursor).key);
        }
        for (Object cursor : asked) {
            words.add(((Cursor) cursor).last);
        }
        return words.toArray();
    }

    private static Map byKey(List reply) {
        HashMap found = new HashMap();
        for (Object each : reply == null ? Collections.emptyList() : reply) {
            found.put(((List) each).get(0), ((List) each).get(1));
        }
        return found;
    }

    private static List entriesOf(Cursor cursor, Map found) {
        Object entries = found.get(cursor.keyInReplies);
        return entries == null ? Collections.emptyList() : (List) entries;
    }
}
