using System.Text.Json;

namespace Purser.Providers.Bedrock;

/// <summary>What Purser reads in a body of <c>converse</c> and <c>converse-stream</c>.</summary>
internal static class ConverseRequest
{
    private const int Messages = 1;
    private const int System = 2;
    private const int ToolConfig = 3;
    private const int InferenceConfig = 4;
    private const int ModelFields = 5;
    private const int Guardrail = 6;
    private const int ServiceTier = 7;
    private const int Performance = 8;
    private const int OutputConfig = 9;
    private const int Metadata = 10;

    private const int MostLabels = 16;
    private const int LongestLabel = 256;

    private static readonly TopLevelMembers Members = new(
        "modelId",
        "messages",
        "system",
        "toolConfig",
        "inferenceConfig",
        "additionalModelRequestFields",
        "guardrailConfig",
        "serviceTier",
        "performanceConfig",
        "outputConfig",
        "requestMetadata"
    );

    // What multiplies or lifts the output, in the words of one model or another.
    private static readonly string[] Limits =
    [
        "max_tokens",
        "maxTokens",
        "max_new_tokens",
        "max_gen_len",
        "max_completion_tokens",
        "max_tokens_to_sample",
        "maxTokenCount",
        "n",
        "num_generations",
        "numResults",
    ];

    /// <summary>Reads a whole body.</summary>
    public static UnderstandResult Read(ReadOnlySpan<byte> body, in RequestTarget target)
    {
        if (target.Model is null)
        {
            return new UnderstandResult(null, new RequestFault(RequestFaults.ModelMissing, "The path names no model.", "modelId"));
        }
        var model = BedrockModel.Read(target.Model);
        var result = RequestScan.Read(body, Members, ReadMember, model.Name);
        if (result.Facts is not { } facts)
        {
            return result;
        }
        if (facts.UnpricedTool is { } tool)
        {
            var message = $"The price book has no class for '{tool}', which Bedrock runs and bills itself. Leave it out.";
            return new UnderstandResult(null, new RequestFault(RequestFaults.Unsupported, message, "toolConfig"));
        }
        facts.Region = model.Region;
        facts.Stream = target.Stream == true;
        // Usage is part of every stream of this format.
        facts.ClientAskedForUsage = facts.Stream;
        facts.LimitPlace ??= new LimitPlace(new JsonSlice(facts.BodyEnd, 0), ",\"inferenceConfig\":{", "}");
        return result;
    }

    private static bool ReadMember(ref RequestScan scan, int member)
    {
        var facts = scan.Facts;
        switch (member)
        {
            case Messages or System:
                return scan.WalkConverse();
            case ToolConfig:
                facts.HasTools |= !scan.IsNull;
                return scan.WalkConverse();
            case InferenceConfig:
                return BedrockBody.ReadLimits(ref scan, "inferenceConfig", "maxTokens");
            case ModelFields:
                return ReadModelFields(ref scan);
            case Guardrail when !scan.IsNull:
                return scan.Refuse(BedrockBody.GuardrailFault.Code, BedrockBody.GuardrailFault.Message, BedrockBody.GuardrailFault.Param);
            case ServiceTier:
                var isTier = BedrockBody.ReadTerm(ref scan, "serviceTier", "type", out var tier);
                facts.ServiceTier = tier;
                return isTier;
            case Performance:
                var isLatency = BedrockBody.ReadTerm(ref scan, "performanceConfig", "latency", out var latency);
                facts.Speed = latency;
                return isLatency;
            case OutputConfig:
                facts.TextIsJson |= !scan.IsNull;
                return scan.Walk(WalkRules.None);
            case Metadata:
                return ReadMetadata(ref scan);
            default:
                return scan.Walk(WalkRules.None);
        }
    }

    // The model's own members, which Bedrock passes on to it.
    private static bool ReadModelFields(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextMember(out var name))
        {
            if (Limits.Contains(name))
            {
                return scan.Refuse(
                    RequestFaults.Unsupported,
                    $"'{name}' in additionalModelRequestFields would change what the request can cost at most. The limit is inferenceConfig.maxTokens, "
                        + "and there is one answer.",
                    name
                );
            }
            var isRead = name switch
            {
                "thinking" or "reasoning_config" => scan.ReadThinking(),
                "tools" => scan.Walk(WalkRules.AnthropicTools),
                _ => scan.Walk(WalkRules.None),
            };
            if (!isRead)
            {
                return false;
            }
        }
        return scan.Fault is null;
    }

    private static bool ReadMetadata(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartObject)
        {
            return scan.Walk(WalkRules.None);
        }
        Dictionary<string, string> labels = [];
        while (scan.NextMember(out var name))
        {
            if (!scan.ReadLabel(LongestLabel, out var value))
            {
                return false;
            }
            if (value is not null && name.Length > 0 && labels.Count < MostLabels)
            {
                labels.TryAdd(name, value);
            }
        }
        scan.Facts.Metadata = labels;
        return scan.Fault is null;
    }
}
