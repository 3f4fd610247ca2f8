package ringwatch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.java.typeutils.ListTypeInfo;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.InternalTimeServiceManager;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.types.Row;
import org.apache.flink.util.function.BiConsumerWithException;

/**
 * Holds trails back until the watermark passes them, and hands them on by order time, event id and account.
 *
 * <p>Batches come in (Gather), each for this subtask, and go on. What waits is the keyed state: its key's trails by
 * order time, which is domain/events/time_order.py's. All that a watermark lets go is sorted, whatever its key, so that
 * one subtask after it sees one order. What the watermark has passed goes on at once, and so does what comes when a key
 * has as many waiting as it may. The clock of a trail in time becomes its own time.
 *
 * <p>A restart loses the clocks of the readers (OrderClock). If they stay silent after it, nobody says when what a
 * checkpoint held may go on: then it does so with the silence.
 */
public class InTimeOrder extends AbstractStreamOperator implements OneInputStreamOperator, Triggerable, BiConsumerWithException {
    private static final long serialVersionUID = 2;
    private static final int FULL = 1 << 18;

    private final long lagMs;
    private final int most; // that may wait for one key
    private final int timeAt;
    private final int accountAt;
    private final int clockAt; // bytes of the id are 18 after it, the id 21
    private transient MapState waiting; // Long, order time -> List of trails
    private transient InternalTimerService timers;
    private transient HashMap sizes; // key -> int[1], how many of it wait
    private transient long restored; // latest order time that a checkpoint held
    private transient ArrayList due;
    private transient Batch released;
    private transient Counter held;
    private transient Counter late;
    private transient Counter full;

    public InTimeOrder(long lagMs, int most, int timeAt, int accountAt, int clockAt) {
        this.lagMs = lagMs;
        this.most = most;
        this.timeAt = timeAt;
        this.accountAt = accountAt;
        this.clockAt = clockAt;
    }

    public void open() throws Exception {
        super.open();
        waiting = getRuntimeContext().getMapState(new MapStateDescriptor(
                "waiting",
                BasicTypeInfo.LONG_TYPE_INFO,
                new ListTypeInfo(PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO)));
        timers = getInternalTimerService("order", VoidNamespaceSerializer.INSTANCE, this);
        sizes = new HashMap();
        due = new ArrayList();
        released = new Batch(getRuntimeContext().getTaskInfo().getIndexOfThisSubtask());
        held = getRuntimeContext().getMetricGroup().counter("order_held");
        late = getRuntimeContext().getMetricGroup().counter("order_late");
        full = getRuntimeContext().getMetricGroup().counter("order_full");
        restored = Long.MIN_VALUE;
        timers.forEachEventTimeTimer(this);
    }

    /** Counts what a checkpoint held at an order time of a key, which is set. */
    public void accept(Object namespace, Object time) throws Exception {
        List same = (List) waiting.get((Long) time);
        if (same != null) {
            restored = Math.max(restored, ((Long) time).longValue());
            sizeOf(((Row) getCurrentKey()).getField(0))[0] += same.size();
            held.inc(same.size());
        }
    }

    public void processElement(StreamRecord element) throws Exception {
        byte[] batch = (byte[]) element.getValue();
        for (int at = Batch.HEAD; at < batch.length; at = Batch.next(batch, at)) {
            take(Long.valueOf(Batch.key(batch, at)), Batch.trail(batch, at));
        }
        handOn();
    }

    private void take(Long key, byte[] trail) throws Exception {
        ByteBuffer numbers = ByteBuffer.wrap(trail).order(ByteOrder.LITTLE_ENDIAN);
        long time = numbers.getLong(timeAt);
        long passed = numbers.getLong(clockAt) - lagMs;
        if (time >= passed) {
            numbers.putLong(clockAt, time);
        } else {
            late.inc();
        }
        long order = Math.max(time, passed);
        if (order <= timers.currentWatermark() || !hasRoom(key)) {
            released.add(order, key.longValue(), trail, 0, trail.length);
            return;
        }
        setCurrentKey(Row.of(new Object[] {key}));
        Long at = Long.valueOf(order);
        List same = (List) waiting.get(at);
        if (same == null) {
            same = new ArrayList(1);
            timers.registerEventTimeTimer(VoidNamespace.INSTANCE, order);
        }
        same.add(trail);
        waiting.put(at, same);
        held.inc();
    }

    /** Returns whether one more of a key may wait, and counts it. */
    private boolean hasRoom(Object key) {
        int[] size = sizeOf(key);
        if (size[0] >= most) {
            full.inc();
            return false;
        }
        size[0]++;
        return true;
    }

    private int[] sizeOf(Object key) {
        int[] size = (int[]) sizes.get(key);
        if (size == null) {
            size = new int[1];
            sizes.put(key, size);
        }
        return size;
    }

    private void left(Object key, int count) {
        int[] size = sizeOf(key);
        size[0] -= count;
        if (size[0] <= 0) {
            sizes.remove(key);
        }
        held.dec(count);
    }

    public void onEventTime(InternalTimer timer) throws Exception {
        Object key = ((Row) timer.getKey()).getField(0);
        Long at = Long.valueOf(timer.getTimestamp());
        List same = (List) waiting.get(at);
        if (same == null) {
            return;
        }
        waiting.remove(at);
        left(key, same.size());
        for (Iterator i = same.iterator(); i.hasNext(); ) {
            due.add(new Due(timer.getTimestamp(), key, (byte[]) i.next(), accountAt, clockAt));
        }
    }

    public void onProcessingTime(InternalTimer timer) {}

    /** Hands on what the watermark lets go, then the watermark: the next stage's never comes before its trails. */
    public void processWatermark(Watermark mark) throws Exception {
        if (mark.getTimestamp() <= timers.currentWatermark()) {
            return; // a silence has let go what is after it
        }
        ((InternalTimeServiceManager) getTimeServiceManager().get()).advanceWatermark(mark);
        Collections.sort(due);
        for (Iterator i = due.iterator(); i.hasNext(); ) {
            Due one = (Due) i.next();
            released.add(one.order, ((Long) one.key).longValue(), one.trail, 0, one.trail.length);
            if (released.size() >= FULL) {
                handOn();
            }
        }
        due.clear();
        handOn();
        output.emitWatermark(mark);
    }

    public void processWatermarkStatus(WatermarkStatus status) throws Exception {
        if (status.isIdle() && restored > timers.currentWatermark()) {
            processWatermark(new Watermark(restored));
        }
        super.processWatermarkStatus(status);
    }

    private void handOn() {
        if (!released.isEmpty()) {
            output.collect(new StreamRecord(released.taken()));
        }
    }

    /** A trail that may go on. What has the same place keeps the order in which it came. */
    private static class Due implements Comparable {
        final long order;
        final Object key;
        final byte[] trail;
        final long account;
        final int idAt;
        final int idEnd;

        Due(long order, Object key, byte[] trail, int accountAt, int clockAt) {
            this.order = order;
            this.key = key;
            this.trail = trail;
            ByteBuffer numbers = ByteBuffer.wrap(trail).order(ByteOrder.LITTLE_ENDIAN);
            account = numbers.getLong(accountAt);
            idAt = clockAt + 21;
            idEnd = idAt + (numbers.getShort(clockAt + 18) & 0xFFFF);
        }

        public int compareTo(Object object) {
            Due other = (Due) object;
            if (order != other.order) {
                return order < other.order ? -1 : 1;
            }
            int ids = Arrays.compareUnsigned(trail, idAt, idEnd, other.trail, other.idAt, other.idEnd);
            return ids != 0 ? ids : Long.compareUnsigned(account, other.account);
        }
    }
}
