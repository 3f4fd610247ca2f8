package ringwatch.redis;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.Gauge;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands on what a fetcher reads; a position of the state is that of the last record handed on. */
public class StreamReader implements SourceReader {
    private static final Logger LOG = LoggerFactory.getLogger(StreamReader.class);

    private final Fetcher fetcher;
    private final List names;
    private final ArrayList splits = new ArrayList();
    /** Splits of the state that no source names any more: they stay in it. */
    private final ArrayList withheld = new ArrayList();
    /** Positions of checkpoints that are not complete, by name, by the checkpoint's number. */
    private final TreeMap snapshots = new TreeMap();
    /** Positions of the last complete checkpoint, or with which the reader began, by name. */
    private Map complete = new HashMap();
    private List steps = Collections.emptyList();
    private int at = 0;
    private int unfinished = 0;
    private boolean noMoreSplits = false;
    private volatile long waitMs = 0;

    StreamReader(SourceReaderContext context, Fetcher fetcher, List names) {
        this.fetcher = fetcher;
        this.names = names;
        Metric lag = new Metric(this, false);
        context.metricGroup().gauge("redis_lag", lag);
        context.metricGroup().gauge("redis_wait_ms", new Metric(this, true));
        context.metricGroup().setPendingRecordsGauge(lag);
        fetcher.count(context.metricGroup().counter("redis_retries"));
    }

    public void start() {}

    public void addSplits(List added) {
        ArrayList read = new ArrayList();
        for (Object each : added) {
            StreamSplit split = (StreamSplit) each;
            if (names.contains(split.name)) {
                read.add(split);
                complete.put(split.name, split.last);
            } else {
                withheld.add(split);
                LOG.warn("The position of " + split.name + " is kept, and the stream is not read: no source names it any more.");
            }
        }
        synchronized (splits) {
            splits.addAll(read);
        }
        unfinished += read.size();
        if (!read.isEmpty()) {
            fetcher.add(read);
        }
    }

    public void notifyNoMoreSplits() {
        noMoreSplits = true;
        fetcher.wake();
    }

    public InputStatus pollNext(ReaderOutput output) throws Exception {
        if (at == steps.size()) {
            List next = fetcher.poll();
            if (next == null) {
                return noMoreSplits && unfinished == 0 ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
            }
            steps = next;
            at = 0;
            waitMs = System.currentTimeMillis() - EntryId.ms(((Step) next.get(next.size() - 1)).last);
        }
        Step step = (Step) steps.get(at++);
        if (step.record != null) {
            output.collect(step.record);
        }
        step.take();
        unfinished -= step.finishes ? 1 : 0;
        return InputStatus.MORE_AVAILABLE;
    }

    public CompletableFuture isAvailable() {
        return noMoreSplits && unfinished == 0 ? CompletableFuture.completedFuture(null) : fetcher.available();
    }

    public List snapshotState(long checkpoint) {
        ArrayList kept = new ArrayList(withheld);
        HashMap positions = new HashMap();
        for (Object split : splits) {
            kept.add(((StreamSplit) split).copy());
            positions.put(((StreamSplit) split).name, ((StreamSplit) split).last);
        }
        snapshots.put(Long.valueOf(checkpoint), positions);
        return kept;
    }

    /** Lets go of what only checkpoints before the last but one need: of these one may still be read. */
    public void notifyCheckpointComplete(long checkpoint) {
        Map.Entry found = snapshots.floorEntry(Long.valueOf(checkpoint));
        if (found == null) {
            return;
        }
        snapshots.headMap(Long.valueOf(checkpoint), true).clear();
        fetcher.need(complete);
        complete = (Map) found.getValue();
    }

    public void handleSourceEvents(SourceEvent event) {}

    public void close() throws InterruptedException {
        fetcher.close();
    }

    private long lag() {
        long lag = 0;
        synchronized (splits) {
            for (Object split : splits) {
                lag += ((StreamSplit) split).lag();
            }
        }
        return lag;
    }

    /** What the reader shows: how many entries wait, or how long the last batch had waited in the stream (ms). */
    private static class Metric implements Gauge {
        private final StreamReader reader;
        private final boolean ofTime;

        Metric(StreamReader reader, boolean ofTime) {
            this.reader = reader;
            this.ofTime = ofTime;
        }

        public Object getValue() {
            return Long.valueOf(ofTime ? Math.max(0, reader.waitMs) : reader.lag());
        }
    }
}
