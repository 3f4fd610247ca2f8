package ringwatch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A batch of trails for one subtask, as bytes, little-endian: subtask i4, then for each trail its turn i8, its key i8,
 * its length i4 and its bytes. The trails are in the order of their turns. `udfs.engine.batches` reads and writes it.
 */
class Batch {
    static final int HEAD = 4;
    private static final int ENTRY = 20;
    private static final int FIRST_ROOM = 1 << 13;

    private byte[] bytes = new byte[FIRST_ROOM];
    private ByteBuffer buffer;
    private int size = HEAD;

    Batch(int subtask) {
        wrap();
        buffer.putInt(0, subtask);
    }

    private void wrap() {
        buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    boolean isEmpty() {
        return size == HEAD;
    }

    int size() {
        return size;
    }

    /** Adds a trail, `length` bytes of `of` from `begin` on. */
    void add(long turn, long key, byte[] of, int begin, int length) {
        makeRoom(ENTRY + length);
        buffer.putLong(size, turn);
        buffer.putLong(size + 8, key);
        buffer.putInt(size + 16, length);
        System.arraycopy(of, begin, bytes, size + ENTRY, length);
        size += ENTRY + length;
    }

    /** Adds a trail as it is in another batch. */
    void add(byte[] of, int at) {
        int length = next(of, at) - at;
        makeRoom(length);
        System.arraycopy(of, at, bytes, size, length);
        size += length;
    }

    private void makeRoom(int length) {
        if (size + length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + length));
            wrap();
        }
    }

    /** Returns the batch's bytes; it is empty after that. */
    byte[] taken() {
        byte[] taken = Arrays.copyOf(bytes, size);
        size = HEAD;
        return taken;
    }

    static int subtask(byte[] batch) {
        return intAt(batch, 0);
    }

    static long turn(byte[] batch, int at) {
        return longAt(batch, at);
    }

    static long key(byte[] batch, int at) {
        return longAt(batch, at + 8);
    }

    static byte[] trail(byte[] batch, int at) {
        return Arrays.copyOfRange(batch, at + ENTRY, next(batch, at));
    }

    /** Returns where the trail after that at `at` begins, the batch's length after the last. */
    static int next(byte[] batch, int at) {
        return at + ENTRY + intAt(batch, at + 16);
    }

    private static int intAt(byte[] of, int at) {
        return of[at] & 0xFF | (of[at + 1] & 0xFF) << 8 | (of[at + 2] & 0xFF) << 16 | of[at + 3] << 24;
    }

    private static long longAt(byte[] of, int at) {
        return intAt(of, at) & 0xFFFFFFFFL | (long) intAt(of, at + 4) << 32;
    }
}
