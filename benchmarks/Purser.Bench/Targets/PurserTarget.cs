using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Purser.Bench.Targets;

/// <summary>
/// Purser as its users run it: <c>purser up</c> with authentication, budgets, the durable journal, metering and telemetry on.
/// With <paramref name="without"/>, the same gateway composed by Purser.Bench.Gateway with one of these left out; with
/// <paramref name="program"/>, the program that is published in that folder; with <paramref name="auto"/>, its requests are for <c>auto</c>, which
/// is chosen by what was learned.
/// </summary>
internal sealed partial class PurserTarget(string? without = null, string? program = null, bool auto = false)
    : Target(
        program is not null ? $"{FullName} before"
        : auto ? $"{FullName} auto"
        : without is null ? FullName
        : $"{FullName} -{without}"
    )
{
    private const string FullName = "purser";

    /// <summary>The features that can be left out one at a time; Purser.Bench.Gateway knows them by these names.</summary>
    public static IReadOnlyList<string> Features { get; } = ["journal", "budgets", "metering", "telemetry", "auth"];

    private readonly Dictionary<string, string> headers = new();

    private string Program => Path.Combine(program ?? "artifacts/benchmarks/bin/purser", "purser.dll");

    public override string? VariantOf => without is null ? null : FullName;

    public override IReadOnlyDictionary<string, string> Headers => headers;

    public override IReadOnlyList<string> Command(string folder, int port, Uri upstream)
    {
        var config = Path.Combine(folder, "purser.yml");
        File.WriteAllText(
            config,
            $"""
            providers:
              - name: mock
                api: openai
                base_url: {new Uri(upstream, "/v1")}
                api_key: sk-upstream-0000
                models: [gpt-5-mini, gpt-5]

            """
        );
        if (auto)
        {
            MadeOutcomes.Train(Program, folder, Path.Combine(folder, "router.model"));
            File.AppendAllText(config, "routing: { model: router.model, reference: gpt-5, floor: 90, candidates: [gpt-5-mini] }\n");
        }

        string[] up = ["--config", config, "--data", Path.Combine(folder, "data"), "--listen", $"http://127.0.0.1:{port}"];
        return without is null
            ? ["dotnet", Program, "up", .. up]
            : ["dotnet", "artifacts/benchmarks/bin/gateway/Purser.Bench.Gateway.dll", "--without", without, .. up];
    }

    /// <summary>Raises the first organization's limit out of the way and makes the key that the load is sent with.</summary>
    public override async Task PrepareAsync(Uri url, string log, CancellationToken cancellation)
    {
        using var admin = new HttpClient { BaseAddress = new Uri(url, "/admin/v1/") };
        admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await AdminKeyAsync(log, cancellation));
        await AskAsync(HttpMethod.Put, "budgets", """{"account":"/","unit":"usd","window":"month","limit":"1000000"}""");
        await AskAsync(HttpMethod.Post, "accounts", """{"name":"bench","kind":"team","parent":"/"}""");
        var made = await AskAsync(HttpMethod.Post, "keys", """{"account":"bench","name":"bench"}""");
        if (auto)
        {
            // The requests are the same for all targets, and name a model.
            await AskAsync(HttpMethod.Post, "accounts/%2F/settings", """{"routing":"on"}""");
            headers["x-purser-route"] = "auto";
        }

        headers["Authorization"] = "Bearer " + made.GetProperty("key").GetString();

        async Task<JsonElement> AskAsync(HttpMethod method, string path, string json)
        {
            using var request = new HttpRequestMessage(method, path) { Content = new StringContent(json, null, "application/json") };
            using var response = await admin.SendAsync(request, cancellation);
            return response.IsSuccessStatusCode
                ? await response.Content.ReadFromJsonAsync<JsonElement>(cancellation)
                : throw new BenchException(
                    $"{method} {path} answered {response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellation)}"
                );
        }
    }

    /// <summary>The admin key, which the first start prints once.</summary>
    private static async Task<string> AdminKeyAsync(string log, CancellationToken cancellation)
    {
        while (true)
        {
            var match = AdminKeyLine().Match(await File.ReadAllTextAsync(log, cancellation));
            if (match.Success)
            {
                return match.Groups["key"].Value;
            }
            await Task.Delay(20, cancellation);
        }
    }

    // An id, a dot and a secret, on a line that says what it is.
    [GeneratedRegex(@"^.*admin key.*?(?<key>[\w-]+\.[\w-]{20,})\s*$", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex AdminKeyLine();
}
