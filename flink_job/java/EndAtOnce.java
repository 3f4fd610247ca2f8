package ringwatch;

import java.lang.reflect.Method;

/**
 * Ends the Java process at once when its shutdown is done.
 *
 * <p>Java's own end is exit(3), which runs the destructors of C++ libraries. It stops no thread that runs native code:
 * one that compiles rules works on with what LLVM destroys, and the process crashes (SIGSEGV in libllvmlite.so).
 */
public class EndAtOnce implements Runnable {
    private static final int LAST = 9; // of Java's slots; those of applications and deleteOnExit come before

    private final Method kill;
    private final Long pid;

    private EndAtOnce(Method kill, long pid) {
        this.kill = kill;
        this.pid = Long.valueOf(pid);
    }

    /** Uses what Java keeps to itself; Flink's options open its package to all. */
    public static void afterShutdown() throws ReflectiveOperationException {
        Method kill = method("java.lang.ProcessHandleImpl", "destroy0", new Class[] {long.class, long.class, boolean.class});
        Object own = method("java.lang.ProcessHandleImpl", "current", new Class[0]).invoke(null, new Object[0]);
        Method add = method("java.lang.Shutdown", "add", new Class[] {int.class, boolean.class, Runnable.class});
        add.invoke(null, new Object[] {Integer.valueOf(LAST), Boolean.FALSE, new EndAtOnce(kill, ((ProcessHandle) own).pid())});
    }

    private static Method method(String owner, String name, Class[] takes) throws ReflectiveOperationException {
        Method method = Class.forName(owner).getDeclaredMethod(name, takes);
        method.setAccessible(true);
        return method;
    }

    public void run() {
        try {
            kill.invoke(null, new Object[] {pid, Long.valueOf(0), Boolean.TRUE});
        } catch (ReflectiveOperationException e) {
            return; // Java ends as usual
        }
    }
}
