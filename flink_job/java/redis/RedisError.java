package ringwatch.redis;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** What Redis refuses, as it says it. An IOException that is none of these is a server that is away. */
public class RedisError extends IOException {
    /** The code of a certificate that nobody known vouches for, or that is of another host. */
    static final String CERTIFICATE = "CERTIFICATE";
    /** The code of an error whose text says all, with the mend. */
    static final String SAID = "SAID";

    /** Replies of a server that fails over, hands a slot on, cannot save, is full or loading: it serves later. */
    private static final List PASSING = Arrays.asList(new String[] {
        "MISCONF", "NOREPLICAS", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "ASK", "BUSY", "NOGROUP", "UNBLOCKED", "OOM", "READONLY", "LOADING"
    });
    private static final String FULL = "ERR max number of clients reached";

    private final String code;
    private final boolean passes;

    /** Takes a reply such as "WRONGTYPE Operation against ...". */
    public RedisError(String said) {
        this(codeOf(said), said, isPassing(said));
    }

    RedisError(String code, String text, boolean passes) {
        super(text);
        this.code = code;
        this.passes = passes;
    }

    private static boolean isPassing(String said) {
        return PASSING.contains(codeOf(said)) || said.startsWith(FULL);
    }

    private static String codeOf(String said) {
        int space = said.indexOf(' ');
        return space < 0 ? said : said.substring(0, space);
    }

    /** Returns the reply's first word. */
    public String code() {
        return code;
    }

    /** Returns whether waiting mends it. */
    public boolean passes() {
        return passes;
    }

    /** Returns whether the user or the password is refused. */
    boolean isOfPassword() {
        String said = getMessage();
        return code.equals("WRONGPASS") || code.equals("NOAUTH") || said.startsWith("ERR invalid password")
                || said.startsWith("ERR AUTH <password> called without any password");
    }
}
