package ringwatch.redis;

import java.io.IOException;
import java.util.UUID;

/**
 * Keeps writers of earlier attempts out of a stream: one hash, with a token for each subtask of the newest attempt.
 *
 * <p>Whoever writes names its token in the same script. A subtask that starts takes away the tokens of all other
 * attempts and jobs, so that nothing of theirs can come after what it then finds in the stream: no zombie of a
 * TaskManager that was thought dead, and no command that was under way when its connection broke.
 */
public class Fence {
    /** Begins what a script answers whose token is not the one in the hash. */
    static final String REFUSED = "FENCED";

    private static final String SAID = "redis.error_reply('" + REFUSED + " a later attempt writes')";
    // KEYS: hash. ARGV: field, job, attempt, token. The token begins with job and attempt.
    private static final String TAKE = "local all = redis.call('HGETALL', KEYS[1])\n"
            + "local function of(token)\n"
            + "  local job, attempt = string.match(token, '^(%S+) (%d+) ')\n"
            + "  return job == ARGV[2], tonumber(attempt) or -1\n"
            + "end\n"
            + "for i = 2, #all, 2 do\n"
            + "  local same, attempt = of(all[i])\n"
            + "  if same and attempt > tonumber(ARGV[3]) then return " + SAID + " end\n"
            + "end\n"
            + "for i = 2, #all, 2 do\n"
            + "  local same, attempt = of(all[i])\n"
            + "  if not same or attempt < tonumber(ARGV[3]) then redis.call('HDEL', KEYS[1], all[i - 1]) end\n"
            + "end\n"
            + "redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])\n";
    // KEYS: hash. ARGV: field, how the token begins that must be there, token.
    private static final String TAKE_AGAIN = "local now = redis.call('HGET', KEYS[1], ARGV[1])\n"
            + "if not now or string.sub(now, 1, #ARGV[2]) ~= ARGV[2] then return " + SAID + " end\n"
            + "redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])\n";
    /** Begins a script whose KEYS[2] is the hash, and whose first arguments are field and token. */
    static final String GUARD = "if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return " + SAID + " end\n";

    private static final Script TAKING = new Script(TAKE);
    private static final Script TAKING_AGAIN = new Script(TAKE_AGAIN);

    final String key;
    final String field;
    private final String job;
    private final int attempt;
    private final String mine;
    private int connections = 0;
    private boolean taken = false;

    /** Takes the hash's key, the subtask, and the attempt, which all subtasks of a job have in common. */
    public Fence(String key, int subtask, String job, int attempt) {
        this.key = key;
        this.field = Integer.toString(subtask);
        this.job = job;
        this.attempt = attempt;
        this.mine = job + " " + attempt + " " + UUID.randomUUID() + " ";
    }

    /** Puts a new token in place; throws FENCED where a later attempt writes. */
    public void take(Link link) throws IOException {
        connections++;
        if (taken) {
            TAKING_AGAIN.run(link, new String[] {key}, new Object[] {field, mine, token()});
        } else {
            TAKING.run(link, new String[] {key}, new Object[] {field, job, Integer.valueOf(attempt), token()});
            taken = true;
        }
    }

    public String token() {
        return mine + connections;
    }

    public static boolean refuses(IOException error) {
        return error instanceof RedisError && ((RedisError) error).code().equals(REFUSED);
    }
}
