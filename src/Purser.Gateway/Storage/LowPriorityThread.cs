using System.Runtime.InteropServices;

namespace Purser.Gateway.Storage;

/// <summary>
/// A thread for what can wait: it has the processor when nothing else wants it, so that on a busy machine no request waits for a time slice
/// of it.
/// </summary>
internal static class LowPriorityThread
{
    private const int ThisThread = 0;
    private const int Lowest = 19;

    /// <summary>Starts one.</summary>
    /// <param name="name">What debuggers show.</param>
    /// <param name="run">What it does.</param>
    public static Thread Start(string name, Action run)
    {
        var thread = new Thread(() =>
        {
            if (OperatingSystem.IsLinux())
            {
                // .NET's priorities do nothing on Linux. Where it's refused, the thread is as any other.
                _ = SetPriority(ThisThread, ThisThread, Lowest);
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

    [DllImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, int who, int priority);
}
