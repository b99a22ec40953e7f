using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Purser.Gateway.Credentials;
using Purser.Gateway.Storage;
using Purser.Gateway.Tests.Alerts;
using Xunit;

namespace Purser.Gateway.Tests.Credentials;

/// <summary>
/// Everything that a run writes is searched for the secrets that were used in it: the data folder with its write-ahead logs, the most verbose
/// log, answers with their headers, the admin API, metrics, exports and backups. The providers repeat what they are sent wherever they can.
/// </summary>
public sealed class SecrecyTests
{
    private const string Label = "label-that-is-found";
    private const string ConfiguredKey = "sk-configured-5f2b/91+c7d40e";
    private const string FirstKey = "sk-first-8841aa/0f9e+d17b62";
    private const string SecondKey = "sk-second-77c1fe/b20a+9964d8";
    private const string AnthropicKey = "sk-ant-third-30b5ee/4c1f+a28d97";
    private const string Chat = """{"model":"gpt-5-mini","max_completion_tokens":10,"messages":[{"role":"user","content":"hi"}]}""";
    private const string ChatStream =
        """{"model":"gpt-5-mini","stream":true,"max_completion_tokens":10,"messages":[{"role":"user","content":"hi"}]}""";
    private const string Messages = """{"model":"claude-test","max_tokens":10,"messages":[{"role":"user","content":"hi"}]}""";
    private const string MessagesStream =
        """{"model":"claude-test","stream":true,"max_tokens":10,"messages":[{"role":"user","content":"hi"}]}""";

    private readonly string masterText = MasterKey.New();
    private readonly LogLines log = new();
    private readonly StringBuilder answers = new();

    [Fact]
    public async Task No_secret_of_a_run_is_in_anything_that_it_writes()
    {
        var master = MasterKey.Load(null, "", _ => masterText)!;
        var backup = Path.Combine(Path.GetTempPath(), $"purser-test-{Guid.NewGuid():N}");
        await using var gateway = await TestGateway.StartAsync(
            provider => provider with { ApiKey = ConfiguredKey },
            options => options with { MasterKey = master },
            logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log)
        );
        var key = await gateway.KeyAsync();
        gateway.Upstream.Answer = RepeatAsync;

        await CallAllAsync(gateway, key);
        var id = await AddAsync(gateway, "openai", FirstKey);
        await AddAsync(gateway, "anthropic", AnthropicKey);
        await CallAllAsync(gateway, key);
        await AdminAsync(gateway, HttpMethod.Post, $"/credentials/{id}/rotate", $$"""{"secret":"{{SecondKey}}"}""");
        await CallAllAsync(gateway, key);
        await gateway.SettledAsync();
        await RefuseAsync(gateway);
        await ReadAllAsync(gateway);

        // While it runs, with what is in the write-ahead logs; then a backup and the exports; then what a stop leaves.
        var secrets = Secrets(key, gateway.AdminKey);
        Search(Files(gateway.Directory), secrets);
        LedgerBackup.Make(gateway.Directory, backup, null, TestContext.Current.CancellationToken);
        Search(Files(backup), secrets);
        Search(Exports(gateway.Directory), secrets);
        await gateway.StopAsync();
        Search(Files(gateway.Directory), secrets);
        Search([("the log", Encoding.UTF8.GetBytes(string.Join('\n', log.All)))], secrets);
        Search([("the answers", Encoding.UTF8.GetBytes(answers.ToString()))], secrets);

        // The search looks where things are: it finds what isn't secret.
        Assert.Contains(Files(gateway.Directory), file => Contains(file.Bytes, Label));
        Assert.Contains(Files(backup), file => Contains(file.Bytes, Label));
        Assert.Contains(Exports(backup), file => Contains(file.Bytes, Label));
        Assert.Contains(Label, answers.ToString(), StringComparison.Ordinal);
        Assert.Contains("x-repeated: Bearer ***", answers.ToString(), StringComparison.Ordinal);
        Assert.Contains("****************", answers.ToString(), StringComparison.Ordinal);
        Assert.Contains("purser_", answers.ToString(), StringComparison.Ordinal);
        Assert.True(log.All.Count > 100);
        Directory.Delete(backup, recursive: true);
    }

    /// <summary>A provider that repeats its credential in headers, in bodies, in ids and model names, in streams (in two pieces) and in their errors.</summary>
    private static async Task RepeatAsync(HttpContext http)
    {
        var sent =
            http.Request.Headers.Authorization.Count > 0
                ? http.Request.Headers.Authorization.ToString()
                : http.Request.Headers["x-api-key"].ToString();
        var secret = sent.Replace("Bearer ", "", StringComparison.Ordinal);
        http.Response.Headers["x-repeated"] = sent;
        http.Response.Headers.Location = "https://example.com/?key=" + Uri.EscapeDataString(secret);
        var escaped = secret.Replace("/", "\\/", StringComparison.Ordinal);
        switch (http.Request.Headers["x-how"].ToString())
        {
            case "stream":
                var text =
                    $$"""data: {"id":"{{secret}}","model":"{{secret}}","choices":[{"index":0,"delta":{"content":"{{escaped}}"} }]}"""
                    + "\n\n";
                await RecordingUpstream.EventsAsync(http, text[..20], text[20..]);
                await RecordingUpstream.EventsAsync(http, $"data: {{\"error\":{{\"message\":\"{secret}\"}}}}\n\n");
                break;
            case "cut":
                await RecordingUpstream.EventsAsync(http, $"event: ping\ndata: {{\"x\":\"{secret}\"}}\n\ndata: {secret[..^3]}");
                http.Abort();
                break;
            case "bad":
                await RecordingUpstream.JsonAsync(http, 200, $"not json: {secret}");
                break;
            case "200":
                await RecordingUpstream.JsonAsync(
                    http,
                    200,
                    RecordingUpstream
                        .ChatAnswer.Replace("hello", escaped, StringComparison.Ordinal)
                        .Replace("chatcmpl-1", secret, StringComparison.Ordinal)
                        .Replace("gpt-5-mini-2025-08-07", secret, StringComparison.Ordinal)
                        .Replace("\"prompt_tokens\":11", $"\"prompt_tokens\":11,\"{secret}\":\"{secret}\"", StringComparison.Ordinal)
                );
                break;
            case var status:
                await RecordingUpstream.JsonAsync(
                    http,
                    int.Parse(status, CultureInfo.InvariantCulture),
                    $$"""{"error":{"message":"Bad key {{secret}}","code":"{{escaped}}"} }"""
                );
                break;
        }
    }

    private async Task CallAllAsync(TestGateway gateway, string key)
    {
        foreach (var how in (string[])["200", "400", "401", "429", "500", "bad"])
        {
            await KeepAsync(await gateway.ChatAsync(key, Chat, ("x-how", how)));
            await KeepAsync(await gateway.MessagesAsync(key, Messages, ("x-how", how)));
            await KeepAsync(await gateway.PostAsync("/v1/messages/count_tokens", Messages, ("x-api-key", key), ("x-how", how)));
        }

        foreach (var how in (string[])["stream", "cut", "401", "200"])
        {
            await KeepAsync(await gateway.ChatAsync(key, ChatStream, ("x-how", how)));
            await KeepAsync(await gateway.MessagesAsync(key, MessagesStream, ("x-how", how)));
        }
    }

    private async Task<string> AddAsync(TestGateway gateway, string provider, string secret)
    {
        var body = $$"""{"provider":"{{provider}}","label":"{{Label}}","secret":"{{secret}}"}""";
        var added = await AdminAsync(gateway, HttpMethod.Post, "/credentials", body);
        return System.Text.Json.Nodes.JsonNode.Parse(added)!["id"]!.GetValue<string>();
    }

    /// <summary>Requests with a secret in them that the admin API refuses.</summary>
    private async Task RefuseAsync(TestGateway gateway)
    {
        foreach (
            var body in (string[])
                [
                    $$"""{"provider":"openai","secret":"{{FirstKey}}","kind":"{{FirstKey[..3]}}"}""",
                    $$"""{"provider":"openai","secret":"{{FirstKey}} {{FirstKey}}"}""",
                    $$"""{"provider":"openai","secret":"{{FirstKey}}","weight":"{{FirstKey}}"}""",
                    $$"""{"provider":"openai","secret":{"{{FirstKey}}":1} }""",
                    $"{{\"provider\":\"openai\",\"secret\":{FirstKey}}}",
                ]
        )
        {
            await AdminAsync(gateway, HttpMethod.Post, "/credentials", body);
        }
    }

    private async Task ReadAllAsync(TestGateway gateway)
    {
        foreach (
            var path in (string[])
                ["/status", "/credentials", "/models", "/keys", "/budgets", "/accounts", "/alerts", "/reports/spend?by=provider,model"]
        )
        {
            await AdminAsync(gateway, HttpMethod.Get, path, null);
        }

        var ids = answers
            .ToString()
            .Split('\n')
            .Where(line => line.StartsWith("x-purser-request-id: ", StringComparison.Ordinal))
            .Select(line => line["x-purser-request-id: ".Length..].Trim())
            .ToList();
        Assert.True(ids.Count > 60);
        foreach (var id in ids)
        {
            await AdminAsync(gateway, HttpMethod.Get, $"/requests/{id}", null);
        }

        await KeepAsync(await gateway.Client.GetAsync("/metrics"));
        await KeepAsync(await gateway.Client.GetAsync("/health/ready"));
    }

    private async Task<string> AdminAsync(TestGateway gateway, HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, "/admin/v1" + path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {gateway.AdminKey}");
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        return await KeepAsync(await gateway.Client.SendAsync(request));
    }

    private async Task<string> KeepAsync(HttpResponseMessage response)
    {
        using var _ = response;
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            answers.Append(name).Append(": ").Append(values.ToString()).Append('\n');
        }

        string text;
        try
        {
            text = await response.Content.ReadAsStringAsync();
        }
        catch (HttpRequestException)
        {
            text = "";
        }

        answers.Append(text).Append('\n');
        return text;
    }

    /// <summary>What is searched for: each secret in the spellings that it could be written in.</summary>
    private List<(string What, byte[] Bytes)> Secrets(string key, string adminKey)
    {
        var found = new List<(string, byte[])>();
        foreach (
            var secret in (string[])
                [ConfiguredKey, FirstKey, SecondKey, AnthropicKey, key.Split('.')[1], adminKey.Split('.')[1], masterText]
        )
        {
            var bytes = Encoding.UTF8.GetBytes(secret);
            found.Add((secret, bytes));
            found.Add((secret, Encoding.Unicode.GetBytes(secret)));
            found.Add((secret, Encoding.UTF8.GetBytes(secret.Replace("/", "\\/", StringComparison.Ordinal))));
            found.Add((secret, Encoding.UTF8.GetBytes(secret.Replace("+", "\\u002B", StringComparison.Ordinal))));
            found.Add((secret, Encoding.UTF8.GetBytes(Uri.EscapeDataString(secret))));
            found.Add((secret, Encoding.UTF8.GetBytes(Convert.ToBase64String(bytes).TrimEnd('='))));
            found.Add((secret, Encoding.UTF8.GetBytes(Convert.ToHexString(bytes))));
            found.Add((secret, Encoding.UTF8.GetBytes(Convert.ToHexStringLower(bytes))));
        }

        var master = Convert.FromBase64String(masterText);
        found.Add(("the master key", master));
        found.Add(("the master key", Encoding.UTF8.GetBytes(Convert.ToHexString(master))));
        found.Add(("the master key", Encoding.UTF8.GetBytes(Convert.ToHexStringLower(master))));
        return found;
    }

    private static void Search(IEnumerable<(string Name, byte[] Bytes)> files, List<(string What, byte[] Bytes)> secrets)
    {
        var any = false;
        foreach (var (name, bytes) in files)
        {
            any = true;
            foreach (var (what, secret) in secrets)
            {
                Assert.False(bytes.AsSpan().IndexOf(secret) >= 0, $"{what} is in {name}");
            }
        }

        Assert.True(any);
    }

    private static List<(string Name, byte[] Bytes)> Files(string folder) =>
        [
            .. Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(file => !file.EndsWith(".lock", StringComparison.Ordinal))
                .Select(file => (file, Read(file))),
        ];

    private static List<(string Name, byte[] Bytes)> Exports(string folder)
    {
        var exports = new List<(string, byte[])>();
        foreach (var format in Enum.GetValues<ExportFormat>())
        {
            using var writer = new StringWriter();
            LedgerExport.Write(folder, writer, format, null);
            exports.Add(($"the {format} export", Encoding.UTF8.GetBytes(writer.ToString())));
        }

        return exports;
    }

    private static bool Contains(byte[] bytes, string text) => bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;

    private static byte[] Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
