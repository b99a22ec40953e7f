using System.Diagnostics;
using System.Net.Sockets;

namespace Purser.Bench.Upstream;

/// <summary>
/// Sends the chunks of paced streams, one every N ms each. One thread that looks every millisecond: 128 streams at 10 ms are
/// 12,800 timers a second, which would cost the core that the client also runs on more than the sends do.
/// </summary>
internal sealed class Pacer
{
    private readonly Lock gate = new();
    private readonly List<Paced> arriving = [];

    public Pacer() => new Thread(Run) { IsBackground = true, Name = "pacer" }.Start();

    /// <summary>Sends all chunks, the first at once; ends when the last is sent, or fails as the socket fails.</summary>
    public Task SendAsync(Socket connection, byte[][] chunks, int everyMs)
    {
        var paced = new Paced(connection, chunks, everyMs * Stopwatch.Frequency / 1000) { Due = Stopwatch.GetTimestamp() };
        lock (gate)
        {
            arriving.Add(paced);
        }
        return paced.Done.Task;
    }

    private void Run()
    {
        var running = new List<Paced>();
        while (true)
        {
            Thread.Sleep(1);
            lock (gate)
            {
                running.AddRange(arriving);
                arriving.Clear();
            }
            var now = Stopwatch.GetTimestamp();
            running.RemoveAll(paced => paced.Due <= now && SendNext(paced));
        }
    }

    /// <returns>True when the stream has ended.</returns>
    private static bool SendNext(Paced paced)
    {
        try
        {
            paced.Connection.Send(paced.Chunks[paced.Next++]);
            paced.Due += paced.Every;
        }
        catch (SocketException broken)
        {
            paced.Done.SetException(broken);
            return true;
        }
        if (paced.Next < paced.Chunks.Length)
        {
            return false;
        }
        paced.Done.SetResult();
        return true;
    }

    private sealed class Paced(Socket connection, byte[][] chunks, long every)
    {
        public Socket Connection { get; } = connection;
        public byte[][] Chunks { get; } = chunks;
        public long Every { get; } = every;
        public long Due { get; set; }
        public int Next { get; set; }
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
