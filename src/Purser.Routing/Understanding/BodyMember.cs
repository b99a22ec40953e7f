using System.Text;

namespace Purser.Routing.Understanding;

/// <summary>What the members of all formats' bodies mean.</summary>
internal enum BodyMember
{
    Unknown,
    System,
    Messages,
    Input,
    Prompt,
    Text,
    Role,
    Type,
    Name,
    Id,
    Tools,
    ToolOfTools,
    ToolConfig,
    ToolChoice,
    ToolResult,
    Output,
    ToolCall,
    ToolCalls,
    Arguments,
    Image,
    Images,
    File,
    Format,
    Schema,
    MimeType,
    Settings,
    Limit,
    Thinking,
}

/// <summary>The members' names, in every spelling.</summary>
internal static class BodyMembers
{
    private const int Buckets = 512;

    // One line a meaning; the formats' spellings are next to each other.
    private static readonly (BodyMember Member, string Names)[] Spellings =
    [
        (BodyMember.System, "system systemInstruction system_instruction instructions preamble"),
        (BodyMember.Messages, "messages contents chat_history"),
        (BodyMember.Input, "input"),
        (BodyMember.Prompt, "prompt message texts query inputText inputs"),
        (BodyMember.Text, "content text parts"),
        (BodyMember.Role, "role"),
        (BodyMember.Type, "type"),
        (BodyMember.Name, "name"),
        (BodyMember.Id, "id tool_use_id toolUseId call_id tool_call_id status"),
        (BodyMember.Tools, "tools functions"),
        (BodyMember.ToolOfTools, "function toolSpec custom functionDeclarations function_declarations"),
        (BodyMember.ToolConfig, "toolConfig tool_config"),
        (BodyMember.ToolChoice, "tool_choice toolChoice functionCallingConfig function_calling_config"),
        (BodyMember.ToolResult, "toolResult functionResponse function_response tool_results"),
        (BodyMember.Output, "output response outputs"),
        (BodyMember.ToolCall, "toolUse functionCall function_call"),
        (BodyMember.ToolCalls, "tool_calls"),
        (BodyMember.Arguments, "arguments args"),
        (BodyMember.Image, "inlineData inline_data fileData file_data image"),
        (BodyMember.Images, "images"),
        (BodyMember.File, "document documents"),
        (BodyMember.Format, "response_format format output_format output_config outputConfig"),
        (BodyMember.Schema, "schema json_schema responseSchema response_schema responseJsonSchema response_json_schema"),
        (BodyMember.MimeType, "responseMimeType response_mime_type"),
        (BodyMember.Settings, "generationConfig generation_config inferenceConfig options"),
        (
            BodyMember.Limit,
            "max_tokens max_completion_tokens max_output_tokens maxOutputTokens maxTokens num_predict max_tokens_to_sample maxTokenCount"
        ),
        (BodyMember.Thinking, "thinking reasoning reasoning_effort thinkingConfig thinking_config think"),
    ];

    private static readonly (byte[] Name, BodyMember Member)[][] Table = Create();

    /// <summary>What a name means. One that is written with escapes is unknown: no client does so.</summary>
    public static BodyMember Find(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
        {
            return BodyMember.Unknown;
        }
        foreach (var (known, member) in Table[Bucket(name)])
        {
            if (name.SequenceEqual(known))
            {
                return member;
            }
        }
        return BodyMember.Unknown;
    }

    private static int Bucket(ReadOnlySpan<byte> name) =>
        (name.Length * 37 + name[0] * 11 + name[^1] * 5 + name[name.Length / 2]) & (Buckets - 1);

    private static (byte[], BodyMember)[][] Create()
    {
        var all = Spellings
            .SelectMany(line => line.Names.Split(' ').Select(name => (Name: Encoding.UTF8.GetBytes(name), line.Member)))
            .ToLookup(spelling => Bucket(spelling.Name));
        return [.. Enumerable.Range(0, Buckets).Select(bucket => all[bucket].ToArray())];
    }
}
