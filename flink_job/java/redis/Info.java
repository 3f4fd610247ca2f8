package ringwatch.redis;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;

/** What XINFO STREAM says of a stream. */
class Info {
    private static final String NO_KEY = "ERR no such key";

    final long added;
    final long length;
    final String lastId;
    /** The oldest entry's id, null if there is none. */
    final String firstId;
    /** Whether entries were deleted one by one. */
    final boolean deleted;

    private Info(List reply) throws IOException {
        HashMap found = new HashMap();
        for (int i = 0; i + 1 < reply.size(); i += 2) {
            found.put(reply.get(i), reply.get(i + 1));
        }
        if (!(found.get("entries-added") instanceof Long)) {
            throw Mends.said("Redis does not count the entries of a stream: use Redis from version 7 on, or Valkey.");
        }
        added = ((Long) found.get("entries-added")).longValue();
        length = ((Long) found.get("length")).longValue();
        lastId = (String) found.get("last-generated-id");
        firstId = found.get("first-entry") == null ? null : (String) ((List) found.get("first-entry")).get(0);
        deleted = !EntryId.FIRST.equals(found.get("max-deleted-entry-id"));
    }

    /** Returns what a reply says, null for a stream that is not there. */
    static Info of(Object reply) throws IOException {
        if (!(reply instanceof RedisError)) {
            return new Info((List) reply);
        }
        if (((RedisError) reply).getMessage().startsWith(NO_KEY)) {
            return null;
        }
        throw (RedisError) reply;
    }
}
