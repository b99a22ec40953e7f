using System.Text.Json;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Http;
using Purser.Simulator.OpenAI;
using Purser.Simulator.Requests;

namespace Purser.Simulator.OpenAIEmbeddings;

/// <summary>The format of OpenAI's embeddings. Headers and errors are those of its chat completions.</summary>
internal sealed class EmbeddingsWire : OpenAIWire
{
    private const int MostInputs = 2048;

    public override ulong Seed => 3;

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
            error = OpenAIErrors.NotJson;
            return null;
        }
    }

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        var embedding = exchange.Request.Embedding!;
        var compact = new OutputBuffer().Add("{\"object\":\"list\",\"data\":["u8);
        for (var i = 0; i < embedding.Inputs.Count; i++)
        {
            compact.Add(i == 0 ? ""u8 : ","u8).Add("{\"object\":\"embedding\",\"index\":"u8).Add(i).Add(",\"embedding\":"u8);
            var vector = Vectors.Of(embedding.Inputs[i].Seed, embedding.Dimensions);
            if (embedding.Encodings[0] == "base64")
            {
                compact.AddJson(Vectors.Base64(vector));
            }
            else
            {
                Vectors.Write(compact, vector);
            }

            compact.Add("}"u8);
        }

        compact.Add("],\"model\":\""u8).Add(exchange.Request.Model.AnswersJson).Add("\""u8);
        if (exchange.SaysUsage)
        {
            compact.Add(",\"usage\":{\"prompt_tokens\":"u8).Add(exchange.Prompt.Total);
            compact.Add(",\"total_tokens\":"u8).Add(exchange.Prompt.Total).Add("}"u8);
        }

        IndentedJson.Write(to, compact.Add("}"u8));
        to.Add("\n"u8);
    }

    private static ChatRequest? Read(RequestBody body, JsonElement asked, out RequestError? error)
    {
        var name = body.Model ?? Json.Text(asked, "model");
        var input = Json.Get(asked, "input");
        error =
            name is null or "" ? OpenAIErrors.MissingModel
            : input is null ? OpenAIErrors.MissingParameter("input")
            : CheckSettings(asked, name);
        var facts = error is null ? body.Models.Get(name!) : null;
        error ??= facts!.Exists ? null : OpenAIErrors.NoSuchModel(name!);
        if (error is not null)
        {
            return null;
        }

        var meter = body.Meter(facts!, steps: false);
        string? marker = null;
        var inputs = Inputs(input!.Value, meter, ref marker);
        if (inputs is null)
        {
            error = OpenAIErrors.WrongType("input", "one of a string or array", input.Value.ValueKind.ToString().ToLowerInvariant());
            return null;
        }

        var dimensions = (int)(Json.Integer(asked, "dimensions") ?? EmbeddingRequest.DimensionsOf(name!));
        return new ChatRequest
        {
            Model = facts!,
            Choices = 0,
            ServiceTier = "default",
            EndUser = Json.Text(asked, "user"),
            PromptTokens = meter.Tokens,
            Embedding = new EmbeddingRequest(dimensions, inputs, [Json.Text(asked, "encoding_format") ?? "float"]),
            Marker = marker,
        };
    }

    private static RequestError? CheckSettings(JsonElement asked, string model)
    {
        if (
            Json.Get(asked, "encoding_format") is { } encoding
            && (encoding.ValueKind != JsonValueKind.String || encoding.GetString() is not ("float" or "base64"))
        )
        {
            return new RequestError(
                400,
                "invalid_request_error",
                $"Invalid value: '{encoding}'. Supported values are: 'float' and 'base64'.",
                "encoding_format",
                "invalid_value"
            );
        }

        if (Json.Get(asked, "dimensions") is not { } wanted)
        {
            return null;
        }

        return wanted.ValueKind != JsonValueKind.Number || !wanted.TryGetInt64(out var dimensions)
                ? OpenAIErrors.WrongType("dimensions", "an integer", wanted.ValueKind.ToString().ToLowerInvariant())
            : model == "text-embedding-ada-002"
                ? new RequestError(400, "invalid_request_error", "This model does not support specifying dimensions.")
            : dimensions < 1 ? OpenAIErrors.BelowMinimum("dimensions", 1, dimensions)
            : dimensions > EmbeddingRequest.MostDimensions
                ? OpenAIErrors.AboveMaximum("dimensions", EmbeddingRequest.MostDimensions, dimensions)
            : null;
    }

    // One text, several, one text's tokens, or several texts' tokens.
    private static List<EmbeddingInput>? Inputs(JsonElement input, PromptMeter meter, ref string? marker)
    {
        var items = input.ValueKind == JsonValueKind.Array ? [.. input.EnumerateArray()] : new List<JsonElement> { input };
        if (items.Count == 0 || items.Count > MostInputs && items[0].ValueKind != JsonValueKind.Number)
        {
            return null;
        }

        if (items[0].ValueKind == JsonValueKind.Number)
        {
            return [EmbeddingInput.OfFlat(Json.Raw(input), items.Count, meter)];
        }

        var inputs = new List<EmbeddingInput>();
        foreach (var item in items)
        {
            switch (item.ValueKind)
            {
                case JsonValueKind.String:
                    inputs.Add(EmbeddingInput.OfText(item.GetString()!, meter, ref marker));
                    break;
                case JsonValueKind.Array:
                    inputs.Add(EmbeddingInput.OfFlat(Json.Raw(item), item.GetArrayLength(), meter));
                    break;
                default:
                    return null;
            }
        }

        return inputs;
    }
}
