package ringwatch.redis;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;

/** Decisions that go into the stream in one script: all of them, or none. */
public class Batch {
    static final int MOST = 64;

    private static final int FIELDS = 10; // words of an entry
    // KEYS: stream, fence. ARGV: field and token of the fence, then the entries, ten words each. Answers the last id.
    // A server out of memory refuses a script's first write only.
    private static final Script ADD = new Script(Fence.GUARD
            + "local last\n"
            + "for i = 3, #ARGV, " + FIELDS + " do\n"
            + "  last = redis.call('XADD', KEYS[1], '*', unpack(ARGV, i, i + " + (FIELDS - 1) + "))\n"
            + "end\n"
            + "return last\n");

    private final ArrayList decisions = new ArrayList(MOST);

    public void add(Decided decided) {
        decisions.add(decided);
    }

    public int size() {
        return decisions.size();
    }

    /** Leaves out what is among these entries; returns how many were. */
    public int leaveOut(Tail entries) {
        int before = decisions.size();
        for (Iterator i = decisions.iterator(); i.hasNext(); ) {
            if (entries.match(((Decided) i.next()).identity())) {
                i.remove();
            }
        }
        return before - decisions.size();
    }

    /** Adds all to the stream and forgets them; returns the id of the last entry. */
    public String write(Link link, String stream, Fence fence) throws IOException {
        Object[] words = new Object[2 + FIELDS * decisions.size()];
        words[0] = fence.field;
        words[1] = fence.token();
        for (int i = 0; i < decisions.size(); i++) {
            System.arraycopy(((Decided) decisions.get(i)).fields(), 0, words, 2 + FIELDS * i, FIELDS);
        }
        String last = (String) ADD.run(link, new String[] {stream, fence.key}, words);
        decisions.clear();
        return last;
    }
}
