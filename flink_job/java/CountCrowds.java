package ringwatch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.types.Row;

/**
 * Counts events by quarter of an hour, crowd and currency, and hands the counts on in one piece.
 *
 * <p>It holds no state: all counts go on before each barrier, so that a checkpoint has them further on, and before a
 * watermark that ends a quarter. A row in is (time, trail, ...); a row out is (key, text), the text as
 * domain/incidents/waves/counts.py reads it. Events of no crowd are left out, and those later than the watermark. The
 * latest events of each class in a quarter go along by name, see LatestEvents. That an account is to be forgotten goes on
 * at once, after all that was counted before.
 */
public class CountCrowds extends AbstractStreamOperator implements OneInputStreamOperator {
    private static final long serialVersionUID = 1;
    private static final int MOST = 4096; // counts that are held
    private static final int MOST_SAMPLES = 256; // quarters of classes; there are 28 classes

    private final String key;
    private final long bucketMs;
    private final long lagMs;
    private final double mostUnits;
    private final int crowdAt;
    private final int timeAt;
    private final int amountAt;
    private final int typeAt;
    private final int subjectAt; // hash of the event that a label is about: 0 of a line that forgets its account
    private final int label; // type of labels
    private final int tailAt; // clock, entered: 8 bytes each; bytes of model and id: 2 each; of the currency: 1
    private final int accountAt;
    private final int mails; // classes of mailboxes: so many crowds are a class of events
    private final int listed;
    private transient HashMap samples; // Long, bucket and class -> LatestEvents
    private transient HashMap counts; // Long, bucket and crowd and currency -> long[]: events, units, first and last time
    private transient long quarter;
    private transient Counter late;

    public CountCrowds(
            String key,
            long bucketMs,
            long lagMs,
            double mostUnits,
            int mails,
            int listed,
            int crowdAt,
            int timeAt,
            int amountAt,
            int typeAt,
            int subjectAt,
            int label,
            int accountAt,
            int tailAt) {
        this.key = key;
        this.bucketMs = bucketMs;
        this.lagMs = lagMs;
        this.mostUnits = mostUnits;
        this.mails = mails;
        this.listed = listed;
        this.crowdAt = crowdAt;
        this.timeAt = timeAt;
        this.amountAt = amountAt;
        this.typeAt = typeAt;
        this.subjectAt = subjectAt;
        this.label = label;
        this.accountAt = accountAt;
        this.tailAt = tailAt;
    }

    public void open() throws Exception {
        super.open();
        counts = new HashMap();
        samples = new HashMap();
        quarter = Long.MIN_VALUE;
        late = getRuntimeContext().getMetricGroup().counter("late_in_waves");
    }

    public void processElement(StreamRecord element) throws Exception {
        byte[] trail = (byte[]) ((Row) element.getValue()).getField(1);
        int crowd = trail[crowdAt] & 0xFF;
        ByteBuffer numbers = ByteBuffer.wrap(trail).order(ByteOrder.LITTLE_ENDIAN);
        if (crowd == 0) {
            if (trail[typeAt] == label && numbers.getLong(subjectAt) == 0) {
                forget(numbers);
            }
            return;
        }
        long time = numbers.getLong(timeAt);
        if (time >= numbers.getLong(tailAt) - lagMs) {
            name(time, crowd, trail, numbers);
            count(time, crowd, units(numbers.getDouble(amountAt)), currency(trail, numbers));
        } else {
            late.inc();
        }
    }

    /** Hands on the account of a line that has it be forgotten, with the clock, as counts.py reads it. */
    private void forget(ByteBuffer numbers) {
        handOn();
        String account = Long.toHexString(numbers.getLong(accountAt));
        StringBuilder text = new StringBuilder("[[\"");
        for (int missing = 16 - account.length(); missing > 0; missing--) {
            text.append('0');
        }
        text.append(account).append("\",").append(numbers.getLong(tailAt)).append("]]");
        output.collect(new StreamRecord(Row.of(new Object[] {key, text.toString()})));
    }

    /** Returns an amount in ten-thousandths, as counts.py does; 0 for none. */
    private long units(double amount) {
        return amount == amount ? (long) Math.min(mostUnits, Math.rint(amount * 10000.0)) : 0;
    }

    /** Returns the three letters of the currency as a number, 0 for none. */
    private long currency(byte[] trail, ByteBuffer numbers) {
        if (trail[tailAt + 20] != 3) {
            return 0;
        }
        int at = tailAt + 21 + (numbers.getShort(tailAt + 18) & 0xFFFF);
        return (trail[at] & 0xFF) << 16 | (trail[at + 1] & 0xFF) << 8 | (trail[at + 2] & 0xFF);
    }

    /** Holds the event as one of the latest of its class; a crowd is one more than its number, and 128 for others. */
    private void name(long time, int crowd, byte[] trail, ByteBuffer numbers) {
        Long of = Long.valueOf(Math.floorDiv(time, bucketMs) << 32 | (long) (((crowd & 0x7F) - 1) / mails));
        LatestEvents latest = (LatestEvents) samples.get(of);
        if (latest == null) {
            latest = new LatestEvents(listed);
            samples.put(of, latest);
        }
        int idAt = tailAt + 21;
        latest.add(time, numbers.getLong(accountAt), trail, idAt, idAt + (numbers.getShort(tailAt + 18) & 0xFFFF));
    }

    private void count(long time, int crowd, long units, long currency) {
        Long of = Long.valueOf(Math.floorDiv(time, bucketMs) << 32 | (long) crowd << 24 | currency);
        long[] sums = (long[]) counts.get(of);
        if (sums == null) {
            counts.put(of, new long[] {1, units, time, time});
        } else {
            sums[0]++;
            sums[1] += units;
            sums[2] = Math.min(sums[2], time);
            sums[3] = Math.max(sums[3], time);
        }
        if (counts.size() >= MOST || samples.size() >= MOST_SAMPLES || (sums != null && sums[1] > Long.MAX_VALUE / 2)) {
            handOn();
        }
    }

    public void processWatermark(Watermark mark) throws Exception {
        long now = Math.floorDiv(mark.getTimestamp(), bucketMs);
        if (now != quarter) {
            quarter = now;
            handOn();
        }
        super.processWatermark(mark);
    }

    public void prepareSnapshotPreBarrier(long checkpoint) throws Exception {
        handOn();
    }

    public void finish() throws Exception {
        handOn();
        super.finish();
    }

    private void handOn() {
        if (counts.isEmpty()) {
            return;
        }
        StringBuilder text = new StringBuilder();
        for (Iterator i = counts.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry entry = (Map.Entry) i.next();
            long of = ((Long) entry.getKey()).longValue();
            long[] sums = (long[]) entry.getValue();
            text.append(text.length() == 0 ? "[[" : ",[").append(of >> 32).append(',').append(of >> 24 & 0xFF);
            text.append(",\"").append(letters(of & 0xFFFFFF)).append('"');
            for (int n = 0; n < 4; n++) {
                text.append(',').append(sums[n]);
            }
            text.append(']');
        }
        for (Iterator i = samples.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry entry = (Map.Entry) i.next();
            long of = ((Long) entry.getKey()).longValue();
            text.append(",[").append(of >> 32).append(',').append(of & 0xFFFFFFFFL).append(',');
            ((LatestEvents) entry.getValue()).write(text);
            text.append(']');
        }
        counts.clear();
        samples.clear();
        output.collect(new StreamRecord(Row.of(new Object[] {key, text.append(']').toString()})));
    }

    private static String letters(long currency) {
        if (currency == 0) {
            return "";
        }
        byte[] letters = {(byte) (currency >> 16), (byte) (currency >> 8), (byte) currency};
        return new String(letters, StandardCharsets.ISO_8859_1);
    }
}
