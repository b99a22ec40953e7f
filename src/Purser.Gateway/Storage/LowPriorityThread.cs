using System.Runtime.InteropServices;

namespace Purser.Gateway.Storage;

/// <summary>
/// A thread for what can wait: it has the processor when nothing else wants it, so that on a busy machine no request waits for a time slice
/// of it.
/// </summary>
internal static class LowPriorityThread
{
    private const int ThisThread = 0;
    private const int WhenIdle = 5;

    /// <summary>Starts one.</summary>
    /// <param name="name">What debuggers show.</param>
    /// <param name="run">What it does.</param>
    public static Thread Start(string name, Action run)
    {
        var thread = new Thread(() =>
        {
            if (OperatingSystem.IsLinux())
            {
                // .NET's priorities do nothing on Linux, and a nice thread is let finish its slice of milliseconds. Where SCHED_IDLE is
                // refused, the thread is as any other.
                var none = 0;
                _ = SetScheduler(ThisThread, WhenIdle, ref none);
            }

            run();
        })
        {
            IsBackground = true,
            Name = name,
            Priority = ThreadPriority.Lowest,
        };
        thread.Start();
        return thread;
    }

    /// <summary>
    /// Goes through items, and lets whoever wants the processor have it after each one. Linux preempts lazily since 6.13: without a system
    /// call, a thread that isn't to be in anyone's way goes on to the end of the tick, up to 4 ms, while a request waits.
    /// </summary>
    /// <param name="items">Each of which takes microseconds.</param>
    public static IEnumerable<T> MakeWay<T>(IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            yield return item;
            Thread.Yield();
        }
    }

    [DllImport("libc", EntryPoint = "sched_setscheduler")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetScheduler(int thread, int policy, ref int priority);
}
