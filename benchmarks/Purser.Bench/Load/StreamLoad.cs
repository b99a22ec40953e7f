using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Purser.Bench.Load;

/// <summary>
/// Drives streamed requests over N keep-alive connections and checks each answer to its last byte: status 200, well-formed
/// chunks, as many events as expected, <c>[DONE]</c> at the end. wrk would count a stream that was cut as a success.
/// </summary>
internal sealed class StreamLoad(IPEndPoint target, byte[] request, int eventsExpected)
{
    private readonly List<double> latencies = [];
    private long errors;
    private string detail = "";

    /// <summary>Runs for the given time, then lets the streams under way end (they count) within five seconds.</summary>
    public async Task<LoadResult> RunAsync(int connections, TimeSpan duration)
    {
        var clock = Stopwatch.StartNew();
        var all = Task.WhenAll(Enumerable.Range(0, connections).Select(n => DriveAsync(n, connections, clock, duration)));
        if (await Task.WhenAny(all, Task.Delay(duration + TimeSpan.FromSeconds(5))) != all)
        {
            Fail("streams still open five seconds after the end");
        }
        var seconds = clock.Elapsed.TotalSeconds;
        lock (latencies)
        {
            latencies.Sort();
            return new LoadResult(latencies.Count, errors, seconds, Percentile(0.50), Percentile(0.99), detail);
        }
    }

    private async Task DriveAsync(int index, int connections, Stopwatch clock, TimeSpan duration)
    {
        // Spread the first requests over 100 ms, so that paced streams don't march in step.
        await Task.Delay(100 * index / connections);
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(target);
            var reader = new StreamedAnswer(socket);
            while (clock.Elapsed < duration)
            {
                var start = Stopwatch.GetTimestamp();
                await socket.SendAsync(request);
                var wrong = await reader.ReadAsync(eventsExpected);
                if (wrong is not null)
                {
                    Fail(wrong);
                    return;
                }
                var micros = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
                lock (latencies)
                {
                    latencies.Add(micros);
                }
            }
        }
        catch (SocketException broken)
        {
            Fail(broken.Message);
        }
    }

    private void Fail(string why)
    {
        Interlocked.Increment(ref errors);
        detail = why;
    }

    private double Percentile(double share) => latencies.Count == 0 ? 0 : latencies[(int)(share * (latencies.Count - 1))];
}
