using System.Text.Json;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Gemini;

/// <summary>The format of Gemini's <c>embedContent</c> and <c>batchEmbedContents</c>.</summary>
internal sealed class GeminiEmbedWire(GoogleRoute route, TimeProvider time) : GeminiWire(route, time)
{
    private bool IsBatch => Route.Method == "batchEmbedContents";

    // The first of these models doesn't tell what it counted.
    private bool TellsUsage => Route.IsVertex || Route.Model.StartsWith("gemini-embedding-2", StringComparison.Ordinal);

    public override PromptUsage Meter(PromptCache cache, ChatRequest request) => new(request.PromptTokens, 0, 0, 0);

    // An answer has no id.
    public override string NewId(ref SeededRandom random) => "";

    public override ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        try
        {
            return Read(body, Json.Parse(body.Reader()), out error);
        }
        catch (JsonException)
        {
            error = GoogleErrors.NotJson;
            return null;
        }
    }

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        var embedding = exchange.Request.Embedding!;
        var compact = new OutputBuffer().Add(IsBatch ? "{\"embeddings\":["u8 : "{\"embedding\":"u8);
        for (var i = 0; i < embedding.Inputs.Count; i++)
        {
            compact.Add(i == 0 ? ""u8 : ","u8).Add("{\"values\":"u8);
            Vectors.Write(compact, Vectors.Of(embedding.Inputs[i].Seed, embedding.Dimensions));
            compact.Add("}"u8);
        }

        compact.Add(IsBatch ? "]"u8 : ""u8);
        if (TellsUsage && exchange.SaysUsage)
        {
            compact.Add(",\"usageMetadata\":{\"promptTokenCount\":"u8).Add(exchange.Prompt.Total).Add(",\"promptTokenDetails\":["u8);
            GeminiJson.WriteDetails(compact, exchange.Request.Modalities!);
            compact.Add("]}"u8);
        }

        IndentedJson.Write(to, compact.Add(Route.IsVertex ? ",\"truncated\":false}"u8 : "}"u8));
        to.Add("\n"u8);
    }

    private ChatRequest? Read(RequestBody body, JsonElement asked, out RequestError? error)
    {
        var facts = body.Models.Get(Route.Model);
        List<JsonElement> requests = IsBatch ? [.. Json.Items(asked, "requests")] : [asked];
        error =
            !facts.Exists ? GoogleErrors.NoSuchModel(Route)
            : requests.Count == 0 ? GoogleErrors.Invalid("* BatchEmbedContentsRequest.requests: requests is not specified\n")
            : requests.Any(request => Json.Get(request, "content") is null)
                ? GoogleErrors.Invalid("* EmbedContentRequest.content: contents is not specified\n")
            : null;
        if (error is not null)
        {
            return null;
        }

        var meter = body.Meter(facts, steps: false);
        var prompt = new GeminiPrompt(meter);
        var inputs = new List<EmbeddingInput>();
        foreach (var request in requests)
        {
            var content = Json.Get(request, "content")!.Value;
            var before = meter.Tokens;
            prompt.AddContent(content);
            inputs.Add(new EmbeddingInput(null, System.IO.Hashing.XxHash3.HashToUInt64(Json.Raw(content)), meter.Tokens - before));
        }

        var dimensions = Json.Integer(requests[0], "outputDimensionality", "output_dimensionality");
        return new ChatRequest
        {
            Model = facts,
            Choices = 0,
            ServiceTier = "standard",
            PromptTokens = meter.Tokens,
            Modalities = prompt.Modalities,
            Embedding = new EmbeddingRequest(
                (int)Math.Clamp(dimensions ?? EmbeddingRequest.DimensionsOf(Route.Model), 1, EmbeddingRequest.MostDimensions),
                inputs,
                []
            ),
            Marker = prompt.Marker,
        };
    }
}
