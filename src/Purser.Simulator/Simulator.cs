using System.Net;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Purser.Simulator.Http;

namespace Purser.Simulator;

/// <summary>
/// A stand-in for the APIs of OpenAI, Azure, Anthropic, Gemini, Vertex, Bedrock, Ollama and Cohere: the same bytes on the wire, made-up text, predictable usage, faults on demand, and a
/// record of every request that it served and billed. <c>docs/simulator.md</c> is its guide.
/// </summary>
public static class Simulator
{
    /// <summary>Starts a simulator. It listens when the task completes.</summary>
    /// <param name="options">How to run it.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="ArgumentException">The address to listen on isn't <c>http</c> with an IP address or <c>localhost</c>.</exception>
    /// <exception cref="IOException">The address is in use, or the record's file can't be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The record's file can't be opened.</exception>
    public static async Task<RunningSimulator> StartAsync(SimulatorOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var kestrel = new KestrelServerOptions { AddServerHeader = false, AllowSynchronousIO = false };
        kestrel.Limits.MaxRequestBodySize = null;

        // A load test of slow streams is not an attack.
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        Listen(kestrel, options.Listen);

        var state = new SimulatorState(options);
        var sockets = Options.Create(new SocketTransportOptions { UnsafePreferInlineScheduling = true, Backlog = 4096 });
        var logging = NullLoggerFactory.Instance;
        var server = new KestrelServer(Options.Create(kestrel), new SocketTransportFactory(sockets, logging), logging);
        try
        {
            await server.StartAsync(new SimulatorApplication(state), cancellationToken);
        }
        catch
        {
            server.Dispose();
            await state.DisposeAsync();
            throw;
        }

        var address = server.Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new RunningSimulator(server, state, new Uri(address));
    }

    private static void Listen(KestrelServerOptions kestrel, Uri address)
    {
        if (!address.IsAbsoluteUri || address.Scheme != Uri.UriSchemeHttp || address.AbsolutePath != "/")
        {
            throw new ArgumentException(
                $"The simulator can't listen on '{address}': use http://ADDRESS:PORT, such as http://127.0.0.1:4200."
            );
        }

        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
        {
            kestrel.Listen(ip, address.Port, OnlyHttp1);
        }
        else if (address.Host == "localhost" && address.Port != 0)
        {
            kestrel.ListenLocalhost(address.Port, OnlyHttp1);
        }
        else
        {
            throw new ArgumentException($"The simulator can't listen on '{address}': use an IP address, or localhost with a port.");
        }
    }

    private static void OnlyHttp1(ListenOptions listen) => listen.Protocols = HttpProtocols.Http1;
}
