package ringwatch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Iterator;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.types.Row;

/** The records of many keys of one state, read and written in one call. */
public class ManyRecords {
    private final KeyedStateBackend backend;
    private final ValueState state;

    public ManyRecords(KeyedStateBackend backend, ValueState state) {
        this.backend = backend;
        this.state = state;
    }

    /** Returns the records of keys, each eight bytes, little-endian; null where there is none. */
    public Object[] read(byte[] keys) throws Exception {
        ByteBuffer given = ByteBuffer.wrap(keys).order(ByteOrder.LITTLE_ENDIAN);
        Object[] records = new Object[keys.length / 8];
        for (int at = 0; at < records.length; at++) {
            setKey(given.getLong());
            records[at] = state.value();
        }
        return records;
    }

    /** Stores the record of each key, clears the state of one whose record is null, and returns what goes on. */
    public Iterator write(byte[] keys, Object[] records, Object[] goesOn) throws Exception {
        ByteBuffer given = ByteBuffer.wrap(keys).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < records.length; at++) {
            setKey(given.getLong());
            if (records[at] == null) {
                state.clear();
            } else {
                state.update(records[at]);
            }
        }
        return Arrays.asList(goesOn).iterator();
    }

    private void setKey(long key) {
        backend.setCurrentKey(Row.of(new Object[] {Long.valueOf(key)}));
    }
}
