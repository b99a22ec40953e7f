using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Purser.Cli.Api;
using Purser.Cli.Hosting;

namespace Purser.Cli.Doctor;

/// <summary>How a check ended.</summary>
internal enum FindingState
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, but something may surprise.</summary>
    Warn,

    /// <summary>It doesn't work.</summary>
    Fail,
}

/// <summary>What a check found.</summary>
/// <param name="Check">What was looked at.</param>
/// <param name="State">How it is.</param>
/// <param name="Detail">What was seen.</param>
/// <param name="Remedy">What to do; null where nothing is to be done.</param>
internal sealed record Finding(string Check, FindingState State, string Detail, string? Remedy = null);

/// <summary>Looks at everything that commonly goes wrong.</summary>
internal sealed class Examination(CliContext context, Uri gateway, string? adminKey, string dataFolder, bool isDefaultFolder)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(30);

    /// <summary>Runs every check; one that can't be made because of another is left out.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        var findings = new List<Finding> { Runtime(), Prices(), Folder(), Clock() };
        using var http = new HttpClient { BaseAddress = gateway, Timeout = Patience };
        var live = await LiveAsync(http, cancellationToken);
        findings.AddRange(live);
        if (live[0].State == FindingState.Ok)
        {
            findings.AddRange(await StatusAsync(cancellationToken));
        }
        else
        {
            findings.Add(Port(gateway));
        }

        return findings;
    }

    private static Finding Runtime() =>
        Environment.Version.Major >= 10
            ? new("runtime", FindingState.Ok, $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.RuntimeIdentifier}")
            : new("runtime", FindingState.Fail, RuntimeInformation.FrameworkDescription, "Install the .NET 10 SDK.");

    private static Finding Prices()
    {
        try
        {
            var book = PriceFiles.Load(PriceFiles.BuiltIn);
            return new("price book", FindingState.Ok, $"{book.Models.Count} models, version {book.Version}");
        }
        catch (CliException error)
        {
            return new("price book", FindingState.Fail, error.Message, error.Hint);
        }
    }

    private Finding Folder()
    {
        var existing = dataFolder;
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
        {
            existing = parent;
        }

        try
        {
            var probe = Path.Combine(existing, $".purser-doctor-{Environment.ProcessId}");
            using (File.Create(probe, 1, FileOptions.DeleteOnClose)) { }

            var looked = isDefaultFolder ? $"{dataFolder} (the default; --data DIR names another)" : dataFolder;
            return new(
                "data folder",
                FindingState.Ok,
                existing == dataFolder ? looked : $"{looked} doesn't exist yet; `./purser up` makes it"
            );
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(
                "data folder",
                FindingState.Fail,
                $"{dataFolder}: {error.Message}",
                $"Make {existing} writable, or name another folder with --data DIR."
            );
        }
    }

    private Finding Clock()
    {
        var now = context.Time.GetUtcNow();
        var text = now.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
        // Windows of budgets follow the clock, so one that was never set would put all spend into the wrong month.
        return now.Year >= 2026
            ? new("clock", FindingState.Ok, text)
            : new("clock", FindingState.Fail, text, "Set the clock: budgets' windows follow it.");
    }

    private async Task<IReadOnlyList<Finding>> LiveAsync(HttpClient http, CancellationToken cancellationToken)
    {
        var address = gateway.GetLeftPart(UriPartial.Authority);
        try
        {
            using var live = await http.GetAsync("health/live", cancellationToken);
            if (!live.IsSuccessStatusCode)
            {
                return
                [
                    new(
                        "gateway",
                        FindingState.Fail,
                        $"{address} answers {(int)live.StatusCode} on /health/live",
                        "Is it Purser that listens there?"
                    ),
                ];
            }

            var findings = new List<Finding> { new("gateway", FindingState.Ok, address), GatewayClock(live.Headers.Date) };
            using var ready = await http.GetAsync("health/ready", cancellationToken);
            var detail = (await ready.Content.ReadAsStringAsync(cancellationToken)).Trim();
            findings.Add(
                ready.IsSuccessStatusCode
                    ? new("gateway ready", FindingState.Ok, "takes requests")
                    : new(
                        "gateway ready",
                        FindingState.Fail,
                        detail.Length > 200 ? detail[..200] : detail,
                        "The store that it names is down; the gateway's log says why."
                    )
            );
            return findings;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return
            [
                new(
                    "gateway",
                    FindingState.Fail,
                    $"nothing answers at {address}",
                    "Start it with `./purser up`, or say where it is with --gateway URL or PURSER_URL."
                ),
            ];
        }
    }

    private Finding GatewayClock(DateTimeOffset? date)
    {
        if (date is not { } there || (there - context.Time.GetUtcNow()).Duration() <= ClockTolerance)
        {
            return new("gateway clock", FindingState.Ok, "agrees with this one");
        }

        var apart = (there - context.Time.GetUtcNow()).TotalSeconds;
        return new(
            "gateway clock",
            FindingState.Warn,
            string.Create(CultureInfo.InvariantCulture, $"{apart:0} s off this one"),
            "Set both clocks by NTP."
        );
    }

    private async Task<IReadOnlyList<Finding>> StatusAsync(CancellationToken cancellationToken)
    {
        if (adminKey is null)
        {
            return [new("admin key", FindingState.Warn, "none given, so the rest wasn't checked", AdminOptions.HowToGetAKey)];
        }

        using var client = new AdminClient(gateway, adminKey);
        try
        {
            var status = await client.GetAsync<StatusView>("status", cancellationToken);
            return
            [
                new("admin key", FindingState.Ok, $"accepted by version {status.Version}"),
                .. Stores(status),
                .. await ProvidersAsync(status, cancellationToken),
            ];
        }
        catch (CliException error)
        {
            return [new("admin key", FindingState.Fail, error.Message, error.Hint)];
        }
    }

    private static IEnumerable<Finding> Stores(StatusView status)
    {
        foreach (var store in status.Stores ?? [])
        {
            var detail = string.Join(": ", new[] { store.State, store.Detail }.Where(part => !string.IsNullOrEmpty(part)));
            yield return store.State is "ok" or "ready" or "up"
                ? new($"store {store.Name}", FindingState.Ok, detail)
                : new($"store {store.Name}", FindingState.Fail, detail, "The gateway's log says why.");
        }
    }

    private static async Task<IReadOnlyList<Finding>> ProvidersAsync(StatusView status, CancellationToken cancellationToken)
    {
        if (status.Providers is not { Count: > 0 } providers)
        {
            return
            [
                new(
                    "providers",
                    FindingState.Fail,
                    "none is configured",
                    "Set OPENAI_API_KEY or ANTHROPIC_API_KEY, or write purser.yml, and start the gateway again."
                ),
            ];
        }

        var reached = await Task.WhenAll(providers.Select(provider => ProviderAsync(provider, cancellationToken)));
        return [.. reached, .. providers.SelectMany(LeftAlone)];
    }

    /// <summary>The models that no request goes to at the moment, or not with one of the credentials.</summary>
    private static IEnumerable<Finding> LeftAlone(ProviderView provider) =>
        from lane in provider.Lanes ?? []
        where lane.State is "broken" or "cooling" or "refused"
        let until = lane.Until is { } at ? $" until {at.UtcDateTime:HH:mm:ss} UTC" : ""
        select new Finding(
            $"provider {provider.Name}",
            FindingState.Warn,
            lane.State switch
            {
                "broken" => $"{lane.Model} fails too often{With(lane)}, and is left alone{until}",
                "refused" => $"the provider refused the credential {lane.Credential} for {lane.Model}; others are used first{until}",
                _ => $"the provider asked for a pause with {lane.Model}{With(lane)}{until}",
            },
            lane.State == "refused"
                ? "Is it still good, and may it use the model? `./purser credentials rotate` replaces it."
                : "`./purser explain REQUEST` says how its requests failed. See docs/resilience.md."
        );

    private static string With(LaneView lane) =>
        lane.Credential is null or "config" or "account" or "none" ? "" : $" with the credential {lane.Credential}";

    private static async Task<Finding> ProviderAsync(ProviderView provider, CancellationToken cancellationToken)
    {
        var check = $"provider {provider.Name}";
        if (!provider.HasKey)
        {
            return new(
                check,
                FindingState.Fail,
                "it has no key",
                $"Store one: ./purser credentials add {provider.Name}. Or give it its api_key in purser.yml, or in the environment, and start the gateway again."
            );
        }

        if (!Uri.TryCreate(provider.BaseUrl, UriKind.Absolute, out var address))
        {
            return new(check, FindingState.Warn, "its address isn't known, so it wasn't tried");
        }

        // Whether a connection opens is all that is asked: a real request would cost something.
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await socket.ConnectAsync(new DnsEndPoint(address.Host, address.Port), patience.Token);
            return new(check, FindingState.Ok, $"{address.Host}:{address.Port} is reachable from here");
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return new(
                check,
                FindingState.Warn,
                $"{address.Host}:{address.Port} can't be reached from here",
                "If the gateway runs elsewhere, try from there. Else check the network and base_url."
            );
        }
    }

    private static Finding Port(Uri address)
    {
        if (!address.IsLoopback)
        {
            return new("port", FindingState.Ok, "on another machine, so it wasn't tried");
        }

        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, address.Port);
            listener.Start();
            return new("port", FindingState.Ok, $"{address.Port} is free for `./purser up`");
        }
        catch (SocketException)
        {
            return new(
                "port",
                FindingState.Fail,
                $"{address.Port} is taken by something that isn't Purser",
                "Stop it, or listen elsewhere: `./purser up --listen http://127.0.0.1:PORT`."
            );
        }
    }
}
