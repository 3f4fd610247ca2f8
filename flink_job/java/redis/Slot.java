package ringwatch.redis;

import java.nio.charset.StandardCharsets;

/** The slot of a key in a Redis Cluster. */
class Slot {
    private static final int SLOTS = 16384;

    private Slot() {}

    /** Returns the slot of what a cluster hashes: CRC 16 (XMODEM) of its UTF-8. */
    static int of(String hashed) {
        byte[] bytes = hashed.getBytes(StandardCharsets.UTF_8);
        int crc = 0;
        for (int i = 0; i < bytes.length; i++) {
            crc ^= (bytes[i] & 0xff) << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) == 0 ? crc << 1 : (crc << 1) ^ 0x1021;
            }
            crc &= 0xffff;
        }
        return crc % SLOTS;
    }
}
