using System.Text.Json;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Cohere;

/// <summary>The format of Cohere's <c>/v2/embed</c>, of texts.</summary>
internal sealed class CohereEmbedWire : CohereWire
{
    private const int MostTexts = 96;

    private static readonly string[] Types = ["float", "int8", "uint8", "binary", "ubinary", "base64"];

    public override ulong Seed => 9;

    public override PromptUsage Meter(PromptCache cache, ChatRequest request) => new(request.PromptTokens, 0, 0, 0);

    public override ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        try
        {
            return Read(body, Json.Parse(body.Reader()), out error);
        }
        catch (JsonException)
        {
            error = CohereErrors.NotJson;
            return null;
        }
    }

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        var embedding = exchange.Request.Embedding!;
        to.Add("{\"id\":\""u8).AddAscii(exchange.Id).Add("\",\"texts\":["u8);
        for (var i = 0; i < embedding.Inputs.Count; i++)
        {
            to.Add(i == 0 ? ""u8 : ","u8).AddJson(embedding.Inputs[i].Text);
        }

        to.Add("],\"embeddings\":{"u8);
        foreach (var type in embedding.Encodings)
        {
            to.Add(type == embedding.Encodings[0] ? ""u8 : ","u8).AddJson(type).Add(":["u8);
            for (var i = 0; i < embedding.Inputs.Count; i++)
            {
                Write(to.Add(i == 0 ? ""u8 : ","u8), type, Vectors.Of(embedding.Inputs[i].Seed, embedding.Dimensions));
            }

            to.Add("]"u8);
        }

        to.Add("},\"meta\":{\"api_version\":{\"version\":\"2\"}"u8);
        if (exchange.SaysUsage)
        {
            to.Add(",\"billed_units\":{\"input_tokens\":"u8).Add(exchange.Prompt.Total).Add("}"u8);
        }

        to.Add("},\"response_type\":\"embeddings_by_type\"}"u8);
    }

    private static void Write(OutputBuffer to, string type, float[] vector)
    {
        switch (type)
        {
            case "float":
                Vectors.Write(to, vector);
                break;
            case "base64":
                to.AddJson(Vectors.Base64(vector));
                break;
            case "int8" or "uint8":
                WriteNumbers(to, vector.Select(x => (int)Math.Round(x * 127) + (type == "uint8" ? 128 : 0)));
                break;
            default:
                WriteNumbers(to, vector.Chunk(8).Select(Bits).Select(bits => type == "binary" ? bits - 128 : bits));
                break;
        }
    }

    // A bit a number, whether it is positive.
    private static int Bits(float[] numbers) => numbers.Aggregate(0, (bits, x) => bits * 2 + (x > 0 ? 1 : 0));

    private static void WriteNumbers(OutputBuffer to, IEnumerable<int> numbers)
    {
        var written = 0;
        to.Add("["u8);
        foreach (var number in numbers)
        {
            to.Add(written++ == 0 ? ""u8 : ","u8).Add(number);
        }

        to.Add("]"u8);
    }

    private static ChatRequest? Read(RequestBody body, JsonElement asked, out RequestError? error)
    {
        var name = Json.Text(asked, "model");
        var texts = Texts(asked);
        List<string> types = [.. Json.Items(asked, "embedding_types").Select(type => type.ToString())];
        error =
            name is null or "" ? CohereErrors.Missing("model")
            : texts.Count == 0 ? CohereErrors.Invalid("must provide either texts, images, or inputs")
            : texts.Count > MostTexts ? CohereErrors.Invalid($"total number of texts must be at most {MostTexts} - received {texts.Count}")
            : Json.Text(asked, "input_type") is null ? CohereErrors.Missing("input_type")
            : types.Find(type => !Types.Contains(type)) is { } wrong
                ? CohereErrors.Invalid($"embedding_types must be one of {string.Join(", ", Types)} - received {wrong}")
            : null;
        var facts = error is null ? body.Models.Get(name!) : null;
        error ??= facts!.Exists ? null : CohereErrors.NoSuchModel(name!);
        if (error is not null)
        {
            return null;
        }

        var meter = body.Meter(facts!, steps: false);
        string? marker = null;
        var inputs = new List<EmbeddingInput>();
        foreach (var text in texts)
        {
            inputs.Add(EmbeddingInput.OfText(text, meter, ref marker));
        }

        var dimensions = Json.Integer(asked, "output_dimension") ?? EmbeddingRequest.DimensionsOf(name!);
        return new ChatRequest
        {
            Model = facts!,
            Choices = 0,
            ServiceTier = "default",
            Embedding = new EmbeddingRequest(
                (int)Math.Clamp(dimensions, 8, EmbeddingRequest.MostDimensions),
                inputs,
                types.Count == 0 ? ["float"] : types
            ),
            PromptTokens = meter.Tokens,
            Marker = marker,
        };
    }

    private static List<string> Texts(JsonElement asked) =>
        [
            .. Json.Items(asked, "texts").Select(text => text.ToString()),
            .. Json.Items(asked, "inputs")
                .SelectMany(input => Json.Items(input, "content"))
                .Select(part => Json.Text(part, "text"))
                .OfType<string>(),
        ];
}
