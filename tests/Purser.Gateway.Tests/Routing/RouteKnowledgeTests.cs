using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Purser.Gateway.Configuration;
using Purser.Routing.Learning;
using Purser.Routing.Understanding;
using Xunit;

namespace Purser.Gateway.Tests.Routing;

/// <summary>A model file from its training to a request that goes to the cheaper model, with what is promised.</summary>
public sealed class RouteKnowledgeTests
{
    private const string Routing = """
        routing:
          reference: { model: gpt-5-dear, learned_as: strong-0613 }
          floor: 80
          candidates: [{ model: gpt-5-mini, learned_as: weak-8b }, claude-test]
        """;

    private static readonly string[] Things = ["water", "bread", "iron", "salt", "glass", "paper", "wood", "wool", "silk", "stone"];

    private static readonly Lazy<byte[]> First = new(() => Train(1));

    private static readonly Lazy<byte[]> Second = new(() => Train(2));

    [Fact]
    public async Task A_learned_model_sends_what_is_shown_to_the_cheaper_one_and_the_record_names_the_promise()
    {
        await using var gateway = await StartAsync(First.Value);
        var key = await gateway.KeyAsync(1m);

        using var easy = await gateway.ChatAsync(key, BodyOf(Easy(3, 4, 222)));
        await gateway.SettledAsync();
        Assert.True(RoutedGateway.AskedUpstream(gateway) == "gpt-5-mini", (await gateway.ExplainAsync(easy))!["route"]!.ToJsonString());
        using var hard = await gateway.ChatAsync(key, BodyOf(Hard(3, 4, 222)));
        await gateway.SettledAsync();

        Assert.Equal("gpt-5-dear", RoutedGateway.AskedUpstream(gateway));
        var route = (await gateway.ExplainAsync(easy))!["route"]!;
        Assert.Equal("translate", route["class"]!.GetValue<string>());
        Assert.Equal(Version(First.Value), route["predictor_version"]!.GetValue<string>());
        Assert.Equal(12, route["evidence_version"]!.GetValue<string>().Length);
        var promise = route["guarantee"]!;
        Assert.Equal((0.2, 0.05), (promise["epsilon"]!.GetValue<double>(), promise["delta"]!.GetValue<double>()));
        Assert.InRange(promise["n"]!.GetValue<int>(), 100, 240);
        Assert.InRange(promise["share_down"]!.GetValue<double>(), 0.8, 1);
        Assert.InRange(promise["bound"]!.GetValue<double>(), 0.001, 0.2);
        Assert.Equal("unknown", route["candidates"]![2]!["standing"]!.GetValue<string>());
        Assert.Single(gateway.Warnings, warning => warning.Contains("claude-test", StringComparison.Ordinal));
        var listed = await ListAsync(gateway, key);
        var guarantees = listed["names"]![0]!["guarantees"]!.AsArray();
        Assert.Contains(guarantees, row => row!["class"]!.GetValue<string>() == "translate" && row["share_down"] is not null);
        Assert.Equal(Version(First.Value), listed["predictor_version"]!.GetValue<string>());
        Assert.Equal([true, true, false], listed["models"]!.AsArray().Select(model => model!["learned"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task A_new_file_is_in_force_once_it_is_loaded_and_a_broken_one_never_is()
    {
        await using var gateway = await StartAsync(First.Value);
        var key = await gateway.KeyAsync(1m);
        var file = FileOf(gateway);
        var broken = First.Value.ToArray();
        broken[^1] ^= 1;

        await File.WriteAllBytesAsync(file, broken, TestContext.Current.CancellationToken);
        var (refused, why) = await LoadAsync(gateway);
        var still = await ListAsync(gateway, key);
        await File.WriteAllBytesAsync(file, Second.Value, TestContext.Current.CancellationToken);
        var before = await ListAsync(gateway, key);
        var (done, loaded) = await LoadAsync(gateway);
        var after = await ListAsync(gateway, key);

        Assert.Equal((409, "router_model_unusable"), (refused, why["error"]!["code"]!.GetValue<string>()));
        Assert.Contains("altered", why["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(Version(First.Value), still["predictor_version"]!.GetValue<string>());
        Assert.Equal(Version(First.Value), before["predictor_version"]!.GetValue<string>());
        Assert.Equal(200, done);
        Assert.Equal(Version(Second.Value), loaded["predictor_version"]!.GetValue<string>());
        Assert.Equal(["claude-test"], loaded["unknown"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Contains(
            loaded["data"]!.AsArray(),
            row => (row!["policy"]!.GetValue<string>(), row["class"]!.GetValue<string>()) == ("auto", "translate")
        );
        Assert.Equal(Version(Second.Value), after["predictor_version"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(false, "Could not find file")]
    [InlineData(true, "altered")]
    public async Task A_file_that_cant_be_used_stops_the_start(bool isThere, string why)
    {
        var broken = First.Value.ToArray();
        broken[100] ^= 1;

        var exception = await Assert.ThrowsAsync<InvalidConfigurationException>(() => StartAsync(isThere ? broken : null));

        Assert.StartsWith("routing: the model '", exception.Errors.Single(), StringComparison.Ordinal);
        Assert.Contains(why, exception.Errors.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "no_routing")]
    [InlineData("routing: { reference: gpt-5-dear }", "no_router_model")]
    public async Task Without_a_model_there_is_nothing_to_load(string? routing, string code)
    {
        await using var gateway = routing is null ? await TestGateway.StartAsync() : await RoutedGateway.StartAsync(routing);

        var (status, answer) = await LoadAsync(gateway);

        Assert.Equal((409, code), (status, answer["error"]!["code"]!.GetValue<string>()));
    }

    private static string FileOf(TestGateway gateway) => Path.Combine(gateway.Directory, "router.model");

    private static async Task<TestGateway> StartAsync(byte[]? file)
    {
        var gateway = await RoutedGateway.StartAsync(
            Routing,
            options: options =>
            {
                Directory.CreateDirectory(options.DataDirectory);
                var path = Path.Combine(options.DataDirectory, "router.model");
                if (file is not null)
                {
                    File.WriteAllBytes(path, file);
                }

                return options with
                {
                    Routing = options.Routing! with { ModelFile = path },
                };
            }
        );
        await RoutedGateway.SetModeAsync(gateway, "on");
        return gateway;
    }

    /// <summary>The weak model translates as well as the strong one, and proves nothing.</summary>
    private static byte[] Train(int seed)
    {
        var random = new Random(seed);
        var (prompts, strong, weak) = (new List<string>(), new List<float>(), new List<float>());
        for (var row = 0; row < 400; row++)
        {
            var isEasy = row % 2 == 0;
            var (one, other) = (random.Next(Things.Length), random.Next(Things.Length));
            prompts.Add(isEasy ? Easy(one, other, row) : Hard(one, other, row));
            strong.Add(1);
            weak.Add(random.NextDouble() < (isEasy ? 0.99 : 0.1) ? 1 : 0);
        }

        return ModelFile.Write(
            LearnedModel.Train(
                [.. prompts.Select(RequestReader.ReadPrompt)],
                prompts,
                new Dictionary<string, float[]> { ["strong-0613"] = [.. strong], ["weak-8b"] = [.. weak] },
                seed
            )
        );
    }

    private static string Easy(int one, int other, int row) =>
        $"Translate the following sentence to German: the {Things[one]} lies under the {Things[other]} in house {row}.";

    private static string Hard(int one, int other, int row) =>
        $"Prove by induction that the sum over all {Things[one]} and {Things[other]} numbers up to {row} is even.";

    private static string BodyOf(string prompt) =>
        new JsonObject
        {
            ["model"] = "auto",
            ["max_tokens"] = 50,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt }),
        }.ToJsonString();

    private static string Version(byte[] file) => ModelFile.Read(file).Version;

    private static async Task<(int Status, JsonNode Answer)> LoadAsync(TestGateway gateway)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/v1/router/load");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", gateway.AdminKey);
        using var response = await gateway.Client.SendAsync(request);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    private static async Task<JsonNode> ListAsync(TestGateway gateway, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/route");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await gateway.Client.SendAsync(request);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }
}
