package ringwatch.redis;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * Holds the prefix of a job's keys for that job alone, and hands on what comes.
 *
 * <p>A thread of its own says every few seconds that the job lives: a Redis that is away holds nobody up here. The job
 * ends where another one has the prefix.
 */
public class OwnPrefix extends AbstractStreamOperator
        implements OneInputStreamOperator, ProcessingTimeService.ProcessingTimeCallback, Runnable {
    private static final long serialVersionUID = 1;
    private static final long REFRESH_MS = 5000;
    private static final long LOOK_MS = 1000;
    private static final int TIMEOUT_MS = 5000;

    private final Server server;
    private final String key;
    private final String script;
    private final String job;
    private final String checkpoints;
    private final String refused;
    private transient Thread thread;
    private transient volatile boolean closed;
    private transient volatile Exception failure;

    /**
     * @param script of ops/redis/owner.py, by which the prefix is taken
     * @param job which one it is, the same after a restart
     * @param refused the text of the failure, in which %s is who has the prefix
     */
    public OwnPrefix(Server server, String key, String script, String job, String checkpoints, String refused) {
        this.server = server;
        this.key = key;
        this.script = script;
        this.job = job;
        this.checkpoints = checkpoints;
        this.refused = refused;
    }

    public void open() throws Exception {
        super.open();
        thread = new Thread(this, "own-prefix");
        thread.setDaemon(true);
        thread.start();
        lookAgain();
    }

    private void lookAgain() {
        getProcessingTimeService().registerTimer(getProcessingTimeService().getCurrentProcessingTime() + LOOK_MS, this);
    }

    public void onProcessingTime(long now) throws Exception {
        if (failure != null) {
            throw failure;
        }
        lookAgain();
    }

    public void processElement(StreamRecord element) throws Exception {
        output.collect(element);
    }

    public void run() {
        Link link = null;
        String host = host();
        Script taking = new Script(script);
        try {
            while (!closed && failure == null) {
                try {
                    link = link == null ? server.connect("ringwatch-owner", TIMEOUT_MS) : link;
                    look((String) taking.run(link, new String[] {key}, words(host)));
                } catch (IOException away) {
                    if (link != null) {
                        link.close();
                        link = null;
                    }
                    refuse(away);
                }
                Thread.sleep(REFRESH_MS);
            }
        } catch (InterruptedException ended) {
            return;
        } finally {
            if (link != null) {
                link.close();
            }
        }
    }

    /** Notes that another job has the prefix: this one must not start again, or both would take turns. */
    private void look(String other) {
        if (!other.isEmpty()) {
            failure = new SuppressRestartsException(new IOException(String.format(refused, new Object[] {other})));
        }
    }

    /** Notes a refusal that no retry mends; whoever writes says what mends one that passes. */
    private void refuse(IOException error) {
        if (error instanceof RedisError && !((RedisError) error).passes()) {
            failure = Mends.refused(server.place(), "written to", (RedisError) error);
        }
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (IOException unknown) {
            return "a host without a name";
        }
    }

    private Object[] words(String host) {
        String now = Long.toString(System.currentTimeMillis());
        String text = "{\"job\":\"" + job + "\",\"host\":" + quoted(host) + ",\"pid\":"
                + ManagementFactory.getRuntimeMXBean().getPid() + ",\"checkpoints\":" + quoted(checkpoints) + ",\"seen\":" + now + "}";
        return new Object[] {job, text, now};
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\' || c < ' ') {
                json.append(String.format("\\u%04x", new Object[] {Integer.valueOf(c)}));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }

    public void close() throws Exception {
        closed = true;
        if (thread != null) {
            thread.interrupt();
        }
        super.close();
    }
}
