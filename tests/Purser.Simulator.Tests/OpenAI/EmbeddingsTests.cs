using System.Text.Json;
using OpenAI.Embeddings;
using OpenAI.Moderations;
using Purser.Simulator.Tests.Wire;
using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests.OpenAI;

/// <summary>OpenAI's embeddings and moderations.</summary>
public class EmbeddingsTests
{
    [Fact]
    public async Task They_have_OpenAIs_shapes()
    {
        await using var simulator = await StartAsync();
        Shape.AssertLike("openai/embeddings", [await JsonAsync(Embed(simulator, "\"input\":\"hi\",\"dimensions\":2"))]);
        Shape.AssertLike("openai/moderations", [await JsonAsync(simulator.PostAsync("/v1/moderations", "{\"input\":\"hi\"}"))]);
        Shape.AssertLike(
            "openai/error-404",
            [await JsonAsync(simulator.PostAsync("/v1/embeddings", "{\"model\":\"no-such-model\",\"input\":\"hi\"}"))]
        );
    }

    [Theory]
    [InlineData("\"input\":\"hello there\"", 1, 2)]
    [InlineData("\"input\":[\"a\",\"b, c\"]", 2, 4)]
    [InlineData("\"input\":[1,2,3]", 1, 3)]
    [InlineData("\"input\":[[1,2,3],[4]]", 2, 4)]
    [InlineData("\"input\":\"a\",\"encoding_format\":\"base64\"", 1, 1)]
    public async Task Texts_and_tokens_are_billed(string input, int vectors, int tokens)
    {
        await using var simulator = await StartAsync();
        var json = await JsonAsync(Embed(simulator, input));
        Assert.Equal(vectors, json.GetProperty("data").GetArrayLength());
        Assert.Equal(tokens, json.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        var line = (await simulator.RecordsAsync())[^1];
        Assert.Equal((new Bill(tokens, 0, 0, 0, 0, 0), null), (line.Billed!, line.Id));
    }

    [Fact]
    public async Task Base64_has_the_numbers_that_floats_have()
    {
        await using var simulator = await StartAsync();
        var floats = (await JsonAsync(Embed(simulator, "\"input\":\"a\""))).GetProperty("data")[0].GetProperty("embedding");
        var base64 = (await JsonAsync(Embed(simulator, "\"input\":\"a\",\"encoding_format\":\"base64\"")))
            .GetProperty("data")[0]
            .GetProperty("embedding")
            .GetBytesFromBase64();
        Assert.Equal(1536 * 4, base64.Length);
        Assert.Equal(
            floats.EnumerateArray().Select(x => x.GetSingle()),
            Enumerable.Range(0, 1536).Select(i => BitConverter.ToSingle(base64, i * 4))
        );
    }

    [Theory]
    [InlineData("\"user\":\"u\"", "Missing required parameter: 'input'.")]
    [InlineData("\"input\":{}", "Invalid type for 'input': expected one of a string or array, but got object instead.")]
    [InlineData("\"input\":\"a\",\"encoding_format\":\"hex\"", "Invalid value: 'hex'. Supported values are: 'float' and 'base64'.")]
    [InlineData(
        "\"input\":\"a\",\"dimensions\":0",
        "Invalid 'dimensions': integer below minimum value. Expected a value >= 1, but got 0 instead."
    )]
    public async Task A_wrong_request_is_refused(string body, string message)
    {
        await using var simulator = await StartAsync();
        using var response = await Embed(simulator, body);
        Assert.Equal(400, (int)response.StatusCode);
        var error = JsonDocument.Parse(await TextAsync(response)).RootElement.GetProperty("error");
        Assert.Equal(message, error.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("429", 429)]
    [InlineData("500", 500)]
    public async Task They_go_wrong_as_answers_do(string fault, int status)
    {
        await using var simulator = await StartAsync();
        using var response = await Embed(simulator, $"\"input\":\"[[simulate:{fault}]]\"");
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(Bill.Nothing, (await simulator.RecordsAsync())[^1].Billed);
    }

    [Fact]
    public async Task OpenAIs_own_library_reads_them()
    {
        await using var simulator = await StartAsync();
        var options = new global::OpenAI.OpenAIClientOptions { Endpoint = new Uri(simulator.Address, "v1") };
        var key = new System.ClientModel.ApiKeyCredential("sk-test");
        OpenAIEmbeddingCollection embeddings = await new EmbeddingClient("text-embedding-3-large", key, options).GenerateEmbeddingsAsync(
            ["a", "b"],
            new EmbeddingGenerationOptions { Dimensions = 8 },
            TestContext.Current.CancellationToken
        );
        Assert.Equal(8, embeddings[1].ToFloats().Length);
        Assert.Equal(2, embeddings.Usage.InputTokenCount);
        var moderations = new ModerationClient("omni-moderation-latest", key, options);
        ModerationResult fine = await moderations.ClassifyTextAsync("hello", TestContext.Current.CancellationToken);
        Assert.False(fine.Flagged);
        ModerationResult flagged = await moderations.ClassifyTextAsync("[[simulate:blocked]]", TestContext.Current.CancellationToken);
        Assert.True(flagged.Flagged && flagged.Violence.Flagged);
        Assert.Equal(Bill.Nothing, (await simulator.RecordsAsync())[^1].Billed);
    }

    private static Task<HttpResponseMessage> Embed(SimulatorUnderTest simulator, string body) =>
        simulator.PostAsync("/v1/embeddings", $"{{\"model\":\"text-embedding-3-small\",{body}}}");
}
