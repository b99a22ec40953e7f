using System.Globalization;
using System.Text;
using System.Text.Json;
using Purser.Core.Pricing;

namespace Purser.Providers;

/// <summary>What to look for in a value that is walked through.</summary>
internal enum WalkRules
{
    /// <summary>Nothing but Unicode and depth.</summary>
    None,

    /// <summary>OpenAI messages: parts that are no text, references, cache breakpoints.</summary>
    OpenAIMessages,

    /// <summary>OpenAI tools: those that the provider runs.</summary>
    OpenAITools,

    /// <summary>The input of OpenAI's responses: parts that are no text, references, what the provider keeps.</summary>
    ResponsesInput,

    /// <summary>The tools of OpenAI's responses: those that the provider runs.</summary>
    ResponsesTools,

    /// <summary>Anthropic messages and system: blocks that are no text, references, cache marks, tools added midway.</summary>
    AnthropicMessages,

    /// <summary>Anthropic tools: those that the provider runs, their limits and models.</summary>
    AnthropicTools,

    /// <summary>Anthropic fallbacks: their models, limits and speeds.</summary>
    AnthropicFallbacks,

    /// <summary>Anthropic context management: whether it compacts.</summary>
    AnthropicContext,

    /// <summary>The value of a <c>cache_control</c> itself.</summary>
    CacheMarks,
}

// The walk through a value at any depth. What it looks for is found by members' names, wherever they are: it may take
// something harmless for something costly (the dear side), never the other way round.
internal ref partial struct RequestScan
{
    /// <summary>How many calls a tool of the provider's may make where the request doesn't limit them.</summary>
    public const long DefaultHostedCalls = 10;

    private const long MostHostedCalls = 1_000_000;

    // The depth of a top-level array's objects' members: tools[i].type.
    private const int EntryDepth = 3;

    // That of a message's blocks' members: messages[i].content[j].type.
    private const int BlockDepth = EntryDepth + 2;

    private enum Member
    {
        None,
        Type,
        CacheControl,
        Ttl,
        MaxUses,
        MaxTokens,
        BudgetTokens,
        Model,
        Speed,
        Media,
        Url,
        FileId,
        Opaque,
        Audio,
        Breakpoint,
        Role,
        Id,
        Secret,
        Signature,
        Tools,
    }

    /// <summary>Walks through the value whose first token the reader is on, to its last.</summary>
    public bool Walk(WalkRules rules)
    {
        var start = reader.CurrentDepth;
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return reader.TokenType != JsonTokenType.String || TextIsUnicode();
        }
        return rules == WalkRules.None ? WalkBlindly(start) : WalkSeeing(rules, start);
    }

    private bool WalkBlindly(int start)
    {
        do
        {
            var isText = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName;
            if (isText ? !TextIsUnicode() : !DepthIsAllowed())
            {
                return false;
            }
            if (reader.TokenType is (JsonTokenType.EndObject or JsonTokenType.EndArray) && reader.CurrentDepth == start)
            {
                return true;
            }
        } while (reader.Read());
        return true;
    }

    private bool WalkSeeing(WalkRules rules, int start)
    {
        var frames = default(Frames);
        var opaqueDepth = int.MaxValue;
        var member = rules == WalkRules.CacheMarks ? Member.CacheControl : Member.None;
        do
        {
            var depth = reader.CurrentDepth;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName or JsonTokenType.String when !TextIsUnicode():
                    return false;
                case JsonTokenType.PropertyName:
                    member = depth > opaqueDepth ? Member.None : Classify(rules);
                    continue;
                case JsonTokenType.StartObject or JsonTokenType.StartArray when !DepthIsAllowed():
                    return false;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    if (member == Member.Tools && depth == EntryDepth && reader.TokenType == JsonTokenType.StartArray)
                    {
                        if (!WalkToolsOfItem(depth))
                        {
                            return false;
                        }
                        break;
                    }
                    if (reader.TokenType == JsonTokenType.StartObject)
                    {
                        frames[depth + 1] = Opened(rules, member, depth, start);
                        frames[depth + 1].Start = (int)reader.TokenStartIndex;
                    }
                    OnContainer(rules, member);
                    opaqueDepth = member == Member.Opaque ? Math.Min(opaqueDepth, depth) : opaqueDepth;
                    break;
                case JsonTokenType.EndObject:
                case JsonTokenType.EndArray:
                    opaqueDepth = depth == opaqueDepth ? int.MaxValue : opaqueDepth;
                    if (reader.TokenType == JsonTokenType.EndObject)
                    {
                        CloseFrame(rules, frames[depth + 1]);
                    }
                    if (depth == start)
                    {
                        return true;
                    }
                    break;
                case JsonTokenType.String:
                    OnString(rules, member, ref frames[depth]);
                    break;
                case JsonTokenType.Number:
                    OnNumber(member, ref frames[depth]);
                    break;
                default:
                    break;
            }
            member = Member.None;
        } while (reader.Read());
        return true;
    }

    // Tools that come as an item (input[i].tools) are tools like those at the top.
    private bool WalkToolsOfItem(int depth)
    {
        Facts.HasTools = true;
        return WalkSeeing(WalkRules.ResponsesTools, depth);
    }

    private static Frame Opened(WalkRules rules, Member member, int depth, int start) =>
        new()
        {
            IsCacheMark = member == Member.CacheControl,
            IsMedia = member == Member.Media,
            IsItem = rules == WalkRules.ResponsesInput && depth == EntryDepth - 1,
            // A namespace has tools of its own: tools[i].tools[j].
            IsTool = rules == WalkRules.ResponsesTools && (depth - start) is 1 or 3,
        };

    private bool DepthIsAllowed() =>
        reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)
        || reader.CurrentDepth < MaxDepth
        || Refuse(RequestFaults.NestedTooDeep, "The body is nested more than 64 deep.");

    private readonly Member Classify(WalkRules rules)
    {
        if (Is("type"u8))
        {
            return Member.Type;
        }
        if (Is("cache_control"u8) || Is("caching"u8))
        {
            return Member.CacheControl;
        }
        return rules switch
        {
            WalkRules.OpenAIMessages => Is("url"u8) ? Member.Url
            : reader.ValueSpan.EndsWith("_url"u8) ? Member.Media
            : Is("file_id"u8) ? Member.FileId
            : Is("audio"u8) ? Member.Audio
            : Is("prompt_cache_breakpoint"u8) ? Member.Breakpoint
            : Member.None,
            WalkRules.AnthropicMessages => Is("input"u8) ? Member.Opaque
            : Is("signature"u8) ? Member.Signature
            : Is("file_id"u8) ? Member.FileId
            : Is("ttl"u8) ? Member.Ttl
            : ToolMember(),
            WalkRules.AnthropicTools => Is("ttl"u8) ? Member.Ttl : ToolMember(),
            WalkRules.AnthropicFallbacks => Is("model"u8) ? Member.Model
            : Is("max_tokens"u8) ? Member.MaxTokens
            : Is("budget_tokens"u8) ? Member.BudgetTokens
            : Is("speed"u8) ? Member.Speed
            : Member.None,
            WalkRules.OpenAITools or WalkRules.ResponsesTools => Is("parameters"u8) ? Member.Opaque : Member.None,
            WalkRules.ResponsesInput => ItemMember(),
            WalkRules.CacheMarks => Is("ttl"u8) ? Member.Ttl : Member.None,
            _ => Member.None,
        };
    }

    private readonly Member ToolMember() =>
        Is("input_schema"u8) ? Member.Opaque
        : Is("max_uses"u8) ? Member.MaxUses
        : Is("model"u8) ? Member.Model
        : Member.None;

    private readonly Member ItemMember() =>
        reader.ValueSpan.EndsWith("_url"u8) ? Member.Media
        : Is("file_id"u8) ? Member.FileId
        : Is("role"u8) ? Member.Role
        : Is("id"u8) ? Member.Id
        : Is("encrypted_content"u8) ? Member.Secret
        : Is("tools"u8) ? Member.Tools
        : Is("prompt_cache_breakpoint"u8) ? Member.Breakpoint
        : Member.None;

    private readonly bool Is(ReadOnlySpan<byte> name) => reader.ValueTextEquals(name);

    private void OnContainer(WalkRules rules, Member member)
    {
        if (rules == WalkRules.AnthropicMessages && reader.CurrentDepth == EntryDepth - 1)
        {
            // The next message.
            Facts.EndsWithToolResult = false;
        }
        switch (member)
        {
            case Member.CacheControl:
                Facts.CacheWrites = Later(Facts.CacheWrites, CacheWriteHint.FiveMinutes);
                break;
            case Member.Audio when rules == WalkRules.OpenAIMessages && reader.TokenType == JsonTokenType.StartObject:
                // An earlier answer's audio, by its id.
                Facts.NonTextParts++;
                Facts.UnboundedInput = true;
                Facts.AddReference(ReferenceKind.Sound, "");
                break;
            case Member.Breakpoint:
                Facts.SawCacheBreakpoint = true;
                break;
            case Member.Tools when reader.TokenType == JsonTokenType.StartArray:
                Facts.UnpricedTool ??= "tools in the input";
                break;
            default:
                break;
        }
    }

    private void OnString(WalkRules rules, Member member, ref Frame frame)
    {
        switch (member)
        {
            case Member.Type:
                OnType(rules, ref frame);
                break;
            case Member.Ttl when frame.IsCacheMark:
                if (!Is("5m"u8))
                {
                    Facts.CacheWrites = CacheWriteHint.OneHour;
                }
                break;
            case Member.Model:
                frame.Model = ModelName();
                break;
            case Member.Speed when Is("fast"u8):
                Facts.Speed = "fast";
                break;
            case Member.MaxTokens:
                Facts.AddOutputLimit(new OutputLimit(TokenSlice(), StatedText(), IsOwn: false));
                break;
            case Member.FileId:
                Facts.UnboundedInput = true;
                if (frame.FileId is { } other)
                {
                    Facts.AddReference(ReferenceKind.File, other);
                }
                frame.FileId = ReferenceId();
                break;
            case Member.Id when frame.IsItem:
                // Of two, nobody knows which one counts.
                if (frame.Id is { } first)
                {
                    Facts.AddReference(ReferenceKind.Item, first);
                }
                frame.Id = ReferenceId();
                break;
            case Member.Role:
                frame.HasShape = true;
                break;
            case Member.Secret:
                frame.HasSecret |= !reader.ValueSpan.IsEmpty;
                frame.IsOwnReasoning |= frame.IsItem && OwnReasoning.IsMark(reader.ValueSpan);
                break;
            case Member.Signature when reader.CurrentDepth == BlockDepth:
                frame.HasSignature = !reader.ValueSpan.IsEmpty;
                frame.IsOwnReasoning = OwnReasoning.IsMark(reader.ValueSpan);
                break;
            case Member.Media:
            case Member.Url when frame.IsMedia:
                Facts.UnboundedInput |= !reader.ValueSpan.StartsWith("data:"u8);
                break;
            default:
                break;
        }
    }

    private void OnNumber(Member member, ref Frame frame)
    {
        if (member == Member.BudgetTokens)
        {
            NoteThinkingBudget();
        }
        else if (member == Member.MaxTokens)
        {
            Facts.AddOutputLimit(new OutputLimit(TokenSlice(), Stated(), IsOwn: false));
        }
        else if (member == Member.MaxUses && reader.TryGetInt64(out var number))
        {
            frame.MaxUses = Math.Clamp(number, frame.MaxUses, Math.Max(frame.MaxUses, MostHostedCalls));
        }
    }

    /// <summary>Reads how the model is told to think: an object with a budget, or whatever else it may be.</summary>
    public bool ReadThinking()
    {
        if (Token != JsonTokenType.StartObject)
        {
            return Walk(WalkRules.None);
        }
        while (NextMember(out var name))
        {
            if (name == "budget_tokens")
            {
                NoteThinkingBudget();
            }
            if (!Walk(WalkRules.None))
            {
                return false;
            }
        }
        return Fault is null;
    }

    private readonly void NoteThinkingBudget()
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            Facts.ThinkingBudget = Math.Max(Facts.ThinkingBudget, Math.Min(Stated(), long.MaxValue - 1));
        }
    }

    // A number that is no integer is read on the dear side: as the next larger one, or without limit.
    private readonly long Stated() =>
        reader.TryGetInt64(out var number) ? Math.Max(1, number)
        : reader.TryGetDecimal(out var odd) && odd < long.MaxValue ? Math.Max(1, (long)decimal.Ceiling(odd))
        : long.MaxValue;

    // Lenient decoders take "500" for 500.
    private long StatedText() =>
        reader.ValueSpan.Length <= 32
        && JsonReading.TryText(ref reader, out var text)
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Math.Max(1, number)
            : long.MaxValue;

    private void OnType(WalkRules rules, ref Frame frame)
    {
        const int longest = 64;
        if (reader.ValueSpan.Length > longest * 6)
        {
            return;
        }
        Span<byte> copy = stackalloc byte[longest * 6];
        ReadOnlySpan<byte> type = copy[..reader.CopyString(copy)];
        switch (rules)
        {
            case WalkRules.OpenAIMessages:
                Facts.NonTextParts += BlockTypes.IsNonText(type) ? 1 : 0;
                break;
            case WalkRules.OpenAITools when reader.CurrentDepth == EntryDepth:
                frame.IsHosted |= !BlockTypes.IsOpenAIClientTool(type);
                Facts.HasWebSearch |= frame.IsHosted && type.IndexOf("search"u8) >= 0;
                break;
            case WalkRules.ResponsesInput:
                Facts.NonTextParts += BlockTypes.IsResponsesNonText(type) ? 1 : 0;
                if (frame.IsItem)
                {
                    frame.HasShape = true;
                    frame.NeedsSecret |= BlockTypes.IsResponsesSecret(type);
                    frame.IsReference |= BlockTypes.IsResponsesReference(type);
                    Facts.UnboundedInput |= !BlockTypes.IsResponsesItem(type);
                }
                break;
            case WalkRules.ResponsesTools when frame.IsTool:
                OnResponsesTool(type, ref frame);
                break;
            case WalkRules.AnthropicMessages:
                Facts.EndsWithToolResult |= reader.CurrentDepth == BlockDepth && type.SequenceEqual("tool_result"u8);
                Facts.NonTextParts += BlockTypes.IsNonText(type) ? 1 : 0;
                Facts.UnboundedInput |= BlockTypes.IsReference(type);
                // What a tool wrote is told of in its result; nothing is read there. Of two types, nobody knows which one counts.
                frame.IsOutput = !frame.HasShape && type.EndsWith("_output"u8);
                frame.HasShape = true;
                MarkHosted(BlockTypes.IsAnthropicHostedTool(type), type, ref frame);
                break;
            case WalkRules.AnthropicTools when reader.CurrentDepth == EntryDepth:
                MarkHosted(!BlockTypes.IsAnthropicClientTool(type), type, ref frame);
                break;
            case WalkRules.AnthropicContext:
                Facts.MayCompact |= type.StartsWith("compact"u8);
                break;
            default:
                break;
        }
    }

    private readonly void OnResponsesTool(ReadOnlySpan<byte> type, ref Frame frame)
    {
        if (BlockTypes.IsResponsesClientTool(type))
        {
            return;
        }
        if (!BlockTypes.IsResponsesPricedTool(type))
        {
            Facts.UnpricedTool ??= JsonReading.Clean(Encoding.UTF8.GetString(type), 64) ?? "";
        }
        frame.IsHosted = true;
        Facts.HasWebSearch |= type.StartsWith("web_search"u8);
        Facts.ToolsAddInput = true;
    }

    private readonly void MarkHosted(bool isHosted, ReadOnlySpan<byte> type, ref Frame frame)
    {
        frame.IsHosted |= isHosted;
        Facts.HasWebSearch |= isHosted && type.StartsWith("web_search"u8);
    }

    private readonly void CloseFrame(WalkRules rules, in Frame frame)
    {
        if (frame.IsOwnReasoning)
        {
            Facts.AddOwnReasoning(new JsonSlice(frame.Start, (int)reader.BytesConsumed - frame.Start));
        }
        if (frame.HasSignature)
        {
            Facts.LatestReasoningIsOwn = frame.IsOwnReasoning;
        }
        if (frame.IsHosted)
        {
            Facts.HostedToolCalls += frame.MaxUses > 0 ? frame.MaxUses : DefaultHostedCalls;
        }
        if (frame.IsItem && (frame.IsReference || !frame.HasShape || (frame.NeedsSecret && !frame.HasSecret)))
        {
            // What is named by its id alone is kept by the provider.
            Facts.UnboundedInput = true;
            if (frame.Id is not null)
            {
                Facts.AddReference(ReferenceKind.Item, frame.Id);
            }
        }
        if (frame.FileId is not null && !(frame.IsOutput && rules == WalkRules.AnthropicMessages))
        {
            Facts.AddReference(ReferenceKind.File, frame.FileId);
        }
        if (frame.Model is not null && (frame.IsHosted || rules == WalkRules.AnthropicFallbacks))
        {
            Facts.AddOtherModel(frame.Model);
        }
    }

    private string? ModelName() => reader.ValueSpan.Length <= MaxModelLength && JsonReading.TryText(ref reader, out var name) ? name : null;

    private static CacheWriteHint Later(CacheWriteHint one, CacheWriteHint other) => one > other ? one : other;
}
