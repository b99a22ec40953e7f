using System.Text;

namespace Purser.Providers.Tests;

/// <summary>What requests name that the provider keeps: each has to be found, wherever it stands and however it's spelt.</summary>
public sealed class ReferenceTests
{
    public static TheoryData<string, string, string> Bodies =>
        new()
        {
            { "chat", """{"messages":[{"role":"user","content":"file_id is file-1"}]}""", "" },
            { "chat", """{"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]}""", "File:file-1" },
            {
                "chat",
                """{"messages":[{"role":"user","content":[{"type":"file","file":{"file\u005fid":"file-\u0031"}}]}]}""",
                "File:file-1"
            },
            {
                "chat",
                """{"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1","file_id":"file-2"}}]}]}""",
                "File:file-1 File:file-2"
            },
            { "chat", """{"messages":[{"role":"assistant","audio":{"id":"audio_1"}}]}""", "Sound:" },
            { "chat", """{"messages":[],"previous_response_id":"resp_1"}""", "Response:resp_1" },
            { "responses", """{"input":"hi","previous_response_id":"resp_1"}""", "Response:resp_1" },
            { "responses", """{"input":"hi","previous_response_id":null,"conversation":null}""", "" },
            { "responses", """{"input":"hi","conversation":"conv_1"}""", "Conversation:conv_1" },
            { "responses", """{"input":"hi","conversation":{"x":{"id":"no"},"id":"conv_1"}}""", "Conversation:conv_1" },
            { "responses", """{"input":"hi","conversation":[1]}""", "Conversation:" },
            {
                "responses",
                """{"input":[{"role":"user","content":[{"type":"input_image","file_id":"file-1"},{"type":"input_file","file_id":"file-2"}]}]}""",
                "File:file-1 File:file-2"
            },
            {
                "responses",
                """{"input":[{"type":"function_call_output","call_id":"c","output":[{"type":"input_file","file_id":"file-1"}]}]}""",
                "File:file-1"
            },
            { "responses", """{"input":[{"type":"item_reference","id":"msg_1"},{"id":"msg_2"}]}""", "Item:msg_1 Item:msg_2" },
            { "responses", """{"input":[{"id":"rs_1","type":"reasoning","summary":[]}]}""", "Item:rs_1" },
            { "responses", """{"input":[{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"x"}]}""", "" },
            { "responses", """{"input":[{"id":"msg_1","type":"message","role":"assistant","content":"hi"}]}""", "" },
            {
                "messages",
                """{"max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"file","file_id":"file_1"}},{"type":"container_upload","file_id":"file_2"}]}]}""",
                "File:file_1 File:file_2"
            },
            {
                "messages",
                """{"max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"image","source":{"type":"file","file_id":"file_1"}}]}]}]}""",
                "File:file_1"
            },
            // What a tool wrote is told of; nothing is read there.
            {
                "messages",
                """{"max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"code_execution_tool_result","tool_use_id":"t","content":{"type":"code_execution_result","content":[{"file_id":"file_1","type":"code_execution_output"}]}}]}]}""",
                ""
            },
            // Of two types nobody knows which one counts.
            {
                "messages",
                """{"max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"x_output","type":"file","file_id":"file_1"}}]}]}""",
                "File:file_1"
            },
            {
                "messages",
                """{"max_tokens":9,"messages":[{"role":"user","content":[{"type":"container_upload","type":"x_output","file_id":"file_1"}]}]}""",
                "File:file_1"
            },
            { "messages", """{"max_tokens":9,"messages":[],"container":"c_1"}""", "Container:c_1" },
            { "messages", """{"max_tokens":9,"messages":[],"container":{"id":"c_1","skills":[]}}""", "Container:c_1" },
            { "messages", """{"max_tokens":9,"messages":[],"container":{"skills":[{"skill_id":"x"}]}}""", "" },
            { "messages", """{"max_tokens":9,"messages":[],"container":null}""", "" },
            { "responses", """{"input":[{"id":"ig_1","type":"image_generation_call"}]}""", "Item:ig_1" },
            { "gemini", """{"contents":[],"cachedContent":"cachedContents/c"}""", "CachedContent:cachedContents/c" },
            {
                "gemini",
                """{"generateContentRequest":{"contents":[{"parts":[{"fileData":{"fileUri":"files/f"}}]}],"cachedContent":"cachedContents/c"}}""",
                "CachedContent:cachedContents/c File:files/f"
            },
            {
                "gemini",
                """{"contents":[{"parts":[{"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/f"}},{"file_data":{"file_uri":"files/g"}}]}]}""",
                "File:files/g File:https://generativelanguage.googleapis.com/v1beta/files/f"
            },
            {
                "gemini",
                """{"contents":[{"parts":[{"fileData":{"fileUri":"https://example.com/a.png"}},{"fileData":{"fileUri":"gs://bucket/a"}}]}]}""",
                ""
            },
        };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Each_is_found(string format, string body, string references)
    {
        var read = ProviderCatalog.Formats.Single(served => served.Name == format);
        var target = format == "gemini" ? new RequestTarget("m") : default;
        var bytes = Encoding.UTF8.GetBytes(format == "gemini" ? body : "{\"model\":\"m\"," + body[1..]);

        var result = read.Understand(bytes, target);

        Assert.Null(result.Fault);
        Assert.Equal(
            references,
            string.Join(' ', result.Facts!.References.Select(found => $"{found.Kind}:{found.Id}").Order(StringComparer.Ordinal))
        );
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(",\"store\":true", true)]
    [InlineData(",\"store\":null", true)]
    [InlineData(",\"store\":false", false)]
    public void A_response_is_stored_unless_it_says_no(string member, bool isStored)
    {
        var body = Encoding.UTF8.GetBytes("{\"model\":\"m\",\"input\":\"hi\"" + member + "}");
        Assert.Equal(isStored, ProviderCatalog.Responses.Understand(body).Facts!.IsStored);
    }

    [Theory]
    [InlineData("data_sources")]
    [InlineData("dataSources")]
    public void What_azure_would_search_for_the_organization_is_refused(string member)
    {
        var body = $$"""{"model":"m","messages":[],"{{member}}":[{"type":"azure_search"}]}""";

        var result = ProviderCatalog.Chat.Understand(Encoding.UTF8.GetBytes(body), default);

        Assert.Equal("data_sources", result.Fault!.Param);
    }
}
