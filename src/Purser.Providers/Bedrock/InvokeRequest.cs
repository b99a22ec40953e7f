using System.Text.Json;
using Purser.Providers.Anthropic;

namespace Purser.Providers.Bedrock;

/// <summary>
/// What Purser reads in a body of <c>invoke</c> and <c>invoke-with-response-stream</c>, which is the model's own: its name says whose it is. Where that
/// says nothing (an application's own profile, another provider's model), a body of Claude's is known by its <c>anthropic_version</c>.
/// </summary>
internal static class InvokeRequest
{
    private const int Messages = 1;
    private const int Texts = 3;
    private const int Images = 4;
    private const int Tools = 5;
    private const int MaxTokens = 6;
    private const int MaxCompletionTokens = 7;
    private const int MaxGenLen = 8;
    private const int InferenceConfig = 9;
    private const int TextGenerationConfig = 10;
    private const int Choices = 11;
    private const int System = 12;
    private const int ResponseFormat = 13;

    private const long MostChoices = 128;

    private static readonly TopLevelMembers Members = new(
        "model",
        "messages",
        "prompt|inputText|message",
        "texts|inputs",
        "images|inputImage",
        "tools|toolConfig",
        "max_tokens|maxTokens",
        "max_completion_tokens",
        "max_gen_len",
        "inferenceConfig",
        "textGenerationConfig",
        "n|num_generations|numResults",
        "system|chat_history",
        "response_format",
        "documents|connectors|taskType"
    );

    /// <summary>The name that Purser gives a body of Claude's whose model's name isn't one: that of an application's own profile.</summary>
    public const string Claude = "anthropic.claude";

    /// <summary>Reads a whole body.</summary>
    public static UnderstandResult Read(ReadOnlySpan<byte> body, in RequestTarget target)
    {
        if (target.Model is null)
        {
            return Refused(RequestFaults.ModelMissing, "The path names no model.");
        }
        var model = BedrockModel.Read(target.Model);
        var family = ModelFamilies.Of(model.Name);
        var isClaudes = family == ModelFamily.Anthropic || (family == ModelFamily.Unknown && body.IndexOf("\"anthropic_version\""u8) >= 0);
        var result = isClaudes ? AnthropicRequest.Read(body, model.Name) : ReadOther(body, model.Name, family);
        if (result.Facts is not { } facts)
        {
            return result;
        }
        facts.InvokedAs = isClaudes ? Claude : model.Name;
        facts.Region = model.Region;
        facts.Stream = target.Stream == true;
        facts.ClientAskedForUsage = facts.Stream;
        return BedrockBody.WithHeaders(result, target);
    }

    private static UnderstandResult Refused(string code, string message) => new(null, new RequestFault(code, message));

    private static UnderstandResult ReadOther(ReadOnlySpan<byte> body, string model, ModelFamily family)
    {
        if (!ModelFamilies.CanBeInvoked(model))
        {
            return Refused(
                RequestFaults.Unsupported,
                family == ModelFamily.Unknown
                    ? $"The name '{model}' doesn't say whose format a body for it has. Call converse instead, or send Claude's with its anthropic_version."
                    : $"What a call of '{model}' costs can't be read in its answer, so it isn't served. Conversations are served by converse."
            );
        }
        var result = family switch
        {
            ModelFamily.Llama => RequestScan.Read(body, Members, ReadLlama, model),
            ModelFamily.Nova => RequestScan.Read(body, Members, ReadNova, model),
            ModelFamily.Titan => RequestScan.Read(body, Members, ReadTitan, model),
            _ => RequestScan.Read(body, Members, ReadChat, model),
        };
        if (result.Facts is not { } facts)
        {
            return result;
        }
        if (ModelFamilies.IsEmbedding(model))
        {
            facts.MaxOutputTokens = 0;
        }
        (facts.LimitMember, var place) = family switch
        {
            ModelFamily.Llama => ("max_gen_len", null),
            ModelFamily.Nova => ("maxTokens", ",\"inferenceConfig\":{"),
            ModelFamily.Titan => ("maxTokenCount", ",\"textGenerationConfig\":{"),
            _ => (model.Contains("ai21.j2", StringComparison.Ordinal) ? "maxTokens" : "max_tokens", (string?)null),
        };
        facts.LimitPlace ??= place is null ? null : new LimitPlace(new JsonSlice(facts.BodyEnd, 0), place, "}");
        return result;
    }

    private static bool ReadLlama(ref RequestScan scan, int member)
    {
        scan.Facts.NonTextParts += member == Images && !scan.IsNull ? 1 : 0;
        return member == MaxGenLen ? scan.ReadOutputLimit("max_gen_len") : scan.Walk(WalkRules.None);
    }

    private static bool ReadNova(ref RequestScan scan, int member)
    {
        scan.Facts.HasTools |= member == Tools && !scan.IsNull;
        var isRead = member switch
        {
            Messages or System or Tools => scan.WalkConverse(),
            InferenceConfig => BedrockBody.ReadLimits(ref scan, "inferenceConfig", "maxTokens", "max_new_tokens"),
            _ => scan.Walk(WalkRules.None),
        };
        return isRead
            && (
                scan.Facts.UnpricedTool is null
                || scan.Refuse(
                    RequestFaults.Unsupported,
                    "The price book has no class for a tool that Bedrock runs and bills itself.",
                    "toolConfig"
                )
            );
    }

    private static bool ReadTitan(ref RequestScan scan, int member) =>
        member switch
        {
            TextGenerationConfig => BedrockBody.ReadLimits(ref scan, "textGenerationConfig", "maxTokenCount"),
            Images => scan.Refuse(RequestFaults.Unsupported, "What an image costs isn't in the answer.", "inputImage"),
            _ => scan.Walk(WalkRules.None),
        };

    // OpenAI's members, which Mistral, AI21, DeepSeek and others have, and Cohere's.
    private static bool ReadChat(ref RequestScan scan, int member)
    {
        var facts = scan.Facts;
        switch (member)
        {
            case Messages:
                return scan.Walk(WalkRules.OpenAIMessages);
            case Texts:
                return ReadTexts(ref scan);
            case Images:
                facts.NonTextParts += scan.IsNull ? 0 : 1;
                return ReadTexts(ref scan);
            case Tools:
                facts.HasTools |= !scan.IsNull;
                return scan.Walk(WalkRules.OpenAITools);
            case MaxTokens:
                return scan.ReadOutputLimit("max_tokens");
            case MaxCompletionTokens:
                return scan.ReadOutputLimit("max_completion_tokens");
            case Choices:
                var isCount = scan.ReadPositive("n", MostChoices, out var count);
                facts.Choices = Math.Max(facts.Choices, count ?? 1);
                return isCount;
            case ResponseFormat:
                facts.TextIsJson |= !scan.IsNull;
                return scan.Walk(WalkRules.None);
            default:
                return scan.Walk(WalkRules.None);
        }
    }

    private static bool ReadTexts(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartArray)
        {
            return scan.Walk(WalkRules.OpenAIMessages);
        }
        var count = 0L;
        while (scan.NextElement())
        {
            count++;
            if (!scan.Walk(WalkRules.OpenAIMessages))
            {
                return false;
            }
        }
        scan.Facts.Inputs = Math.Max(scan.Facts.Inputs, count);
        return true;
    }
}
