package ringwatch.redis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** A Lua script, which the server keeps by its digest after the first run. */
public class Script {
    private final String text;
    private final String digest;

    public Script(String text) {
        this.text = text;
        this.digest = digest(text);
    }

    private static String digest(String text) {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            StringBuilder hex = new StringBuilder();
            for (int i = 0; i < sum.length; i++) {
                hex.append(Character.forDigit((sum[i] >> 4) & 15, 16)).append(Character.forDigit(sum[i] & 15, 16));
            }
            return hex.toString();
        } catch (NoSuchAlgorithmException never) {
            throw new IllegalStateException(never);
        }
    }

    /** Returns the script's reply; the script goes along where the server does not know it. */
    public Object run(Link link, String[] keys, Object[] args) throws IOException {
        try {
            return link.call(command("EVALSHA", digest, keys, args));
        } catch (RedisError error) {
            if (!error.code().equals("NOSCRIPT")) {
                throw error;
            }
            return link.call(command("EVAL", text, keys, args));
        }
    }

    private static Object[] command(String verb, String script, String[] keys, Object[] args) {
        Object[] words = new Object[3 + keys.length + args.length];
        words[0] = verb;
        words[1] = script;
        words[2] = Long.valueOf(keys.length);
        System.arraycopy(keys, 0, words, 3, keys.length);
        System.arraycopy(args, 0, words, 3 + keys.length, args.length);
        return words;
    }
}
