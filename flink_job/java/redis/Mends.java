package ringwatch.redis;

/** What mends a Redis that refuses; the texts are those of ops/redis/mends.py. */
public class Mends {
    private static final String CLUSTER =
            "it is a Redis Cluster, where all keys of a job must be in one slot: give redis.prefix a hash tag, {ringwatch}:";
    private static final String SENTINEL_USER = "?sentinel_username=USER&sentinel_password=PASSWORD";
    private static final String RIGHTS = "give the user the permissions that docs/operate.md lists (ACL SETUSER)";
    /** How a reply of the server begins, and what mends it. */
    private static final String[] TABLE = new String[] {
        "WRONGTYPE", "another program keeps other data under this name: choose another setting redis.prefix",
        "DB index", "correct the number of the database at the end of the address, in {address}",
        "SELECT is not allowed", "a cluster has database 0 only: end the address with /0, in {address}",
        "unknown command",
        "use Redis from version 7 on, or Valkey, with no command renamed; of a Sentinel write redis+sentinel://HOST:26379/NAME/0",
        "CROSSSLOT", CLUSTER,
        "MOVED", CLUSTER,
        "ACL failure in script", RIGHTS,
    };

    private Mends() {}

    /** Returns the mend of a refusal, where `place` is and what it was to be, "read" or "written to". */
    static RedisError refused(String place, String what, RedisError error) {
        if (error.code().equals(RedisError.SAID)) {
            return error;
        }
        String refuses = what.equals("read") ? "refuses to be read" : "refuses to write";
        return said("Redis at " + place + " " + refuses + " (" + plain(error.getMessage()) + "): " + of(error) + ".");
    }

    /** Returns what to do about a server that refuses. */
    public static String of(RedisError error) {
        if (error.code().equals(RedisError.CERTIFICATE)) {
            return "name the authority of its certificate, ?ssl_ca_certs=PATH, and its right host in " + Environment.addressName();
        }
        if (error instanceof OfSentinel) {
            return sentinelPassword();
        }
        if (error.isOfPassword()) {
            return password();
        }
        if (error.code().equals("NOPERM")) {
            return RIGHTS;
        }
        for (int i = 0; i < TABLE.length; i += 2) {
            if (plain(error.getMessage()).startsWith(TABLE[i])) {
                return TABLE[i + 1].replace("{address}", Environment.addressName());
            }
        }
        return "check the server's log and the settings under redis";
    }

    private static String password() {
        String name = Environment.addressName();
        return name.equals(Environment.SETTING)
                ? "put the address with its user and password, redis://USER:PASSWORD@HOST:PORT/0, into the environment variable "
                        + Environment.ADDRESS
                : "correct the user and password of the address in " + name;
    }

    private static String sentinelPassword() {
        String name = Environment.addressName();
        return name.equals(Environment.SETTING)
                ? "put the address, with " + SENTINEL_USER + " at its end, into the environment variable " + Environment.ADDRESS
                : "correct the user and password of the Sentinels, " + SENTINEL_USER + ", in " + name;
    }

    /** Returns the error of an address that is none, without quoting it: it may hold a password. */
    static RedisError ofAddress() {
        String name = Environment.addressName();
        return said(name.substring(0, 1).toUpperCase() + name.substring(1)
                + " is no address like redis://host:6379/0 or redis+sentinel://host:26379/NAME/0: correct it.");
    }

    /** Returns an error that says all. */
    static RedisError said(String text) {
        return new RedisError(RedisError.SAID, text, false);
    }

    /** Returns a reply as redis-py gives it: without its code where that is the common one. */
    private static String plain(String said) {
        return said.startsWith("ERR ") ? said.substring(4) : said;
    }

    /** A Sentinel that refuses the user, and no other Sentinel answers. */
    static class OfSentinel extends RedisError {
        OfSentinel(String place, RedisError error) {
            super(error.code(), "the Sentinel " + place + ": " + error.getMessage(), false);
        }
    }
}
