using System.Diagnostics;
using System.Net;
using Purser.Bench.Targets;

namespace Purser.Bench.Measuring;

/// <summary>A target with the process that serves it (none for direct) and the address to send to.</summary>
internal sealed class Running : IDisposable
{
    private Running(Target target, Child? process, IPEndPoint address)
    {
        Target = target;
        Process = process;
        Address = address;
    }

    public Target Target { get; }
    public Child? Process { get; }
    public IPEndPoint Address { get; }

    /// <summary>Starts the target; it may not listen yet.</summary>
    public static Running Start(Target target, Workplace place, int port)
    {
        var folder = place.FolderOf(target);
        if (target.Command(folder, port, place.Upstream) is not { } command)
        {
            return new Running(target, null, new IPEndPoint(IPAddress.Loopback, place.Upstream.Port));
        }
        var child = Child.Start(Workplace.ProxyCore, Path.Combine(folder, "log.txt"), target.Environment, command);
        return new Running(target, child, new IPEndPoint(IPAddress.Loopback, port));
    }

    /// <summary>Asks until there is a complete 200, and at most 30 s.</summary>
    /// <returns>Milliseconds since <paramref name="since"/>.</returns>
    public async Task<double> FirstAnswerAsync(long since, byte[] body)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(5) };
        using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10) };
        var last = "nothing";
        while (Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(30))
        {
            if (Process is { HasExited: true })
            {
                throw new BenchException($"{Target.Name} ended by itself; see {Process.Log}");
            }
            try
            {
                using var request = Ask(body);
                using var response = await client.SendAsync(request);
                var text = await response.Content.ReadAsStringAsync();
                if (response.StatusCode == HttpStatusCode.OK && text.Contains("\"total_tokens\"", StringComparison.Ordinal))
                {
                    return Stopwatch.GetElapsedTime(since).TotalMilliseconds;
                }
                last = $"{(int)response.StatusCode} {text}";
            }
            catch (HttpRequestException notYet)
            {
                last = notYet.Message;
            }
            await Task.Delay(1);
        }
        throw new BenchException($"{Target.Name} gave no good answer in 30 s; the last was: {last}");
    }

    /// <summary>Waits until the port is open, and at most 30 s.</summary>
    public async Task ListeningAsync()
    {
        var since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(30) && Process is not { HasExited: true })
        {
            try
            {
                using var client = new System.Net.Sockets.TcpClient();
                await client.ConnectAsync(Address);
                return;
            }
            catch (System.Net.Sockets.SocketException)
            {
                await Task.Delay(5);
            }
        }
        throw new BenchException($"{Target.Name} does not listen on {Address}; see {Process?.Log}");
    }

    /// <summary>What the process tree took so far, in seconds; 0 for direct.</summary>
    public double CpuSeconds() => Process is null ? 0 : ProcessTree.CpuSeconds(Process.Pid);

    public double ResidentMegabytes() => Process is null ? 0 : ProcessTree.ResidentMegabytes(Process.Pid);

    public double AnonymousMegabytes() => Process is null ? 0 : ProcessTree.AnonymousMegabytes(Process.Pid);

    public void Dispose() => Process?.Dispose();

    private HttpRequestMessage Ask(byte[] body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"http://{Address}/v1/chat/completions")
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.TryAddWithoutValidation("content-type", "application/json");
        foreach (var (name, value) in Target.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return request;
    }
}
