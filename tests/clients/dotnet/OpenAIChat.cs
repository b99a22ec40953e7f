using System.ClientModel;
using OpenAI;
using OpenAI.Chat;

namespace Purser.Clients.Libraries;

/// <summary>NuGet <c>OpenAI</c>'s chat completions; the clients of NuGet <c>Azure.AI.OpenAI</c> are of the same kind.</summary>
internal sealed class OpenAIChat(ChatClient client) : Library
{
    public static ChatClient Client(Target target) =>
        new(target.Model, new ApiKeyCredential(target.Key), new OpenAIClientOptions { Endpoint = target.OpenAI });

    public override async Task<string> AskAsync(string prompt)
    {
        var answer = await client.CompleteChatAsync(new UserChatMessage(prompt));
        return answer.Value.Content[0].Text;
    }

    public override async IAsyncEnumerable<string> StreamAsync(string prompt)
    {
        await foreach (var update in client.CompleteChatStreamingAsync(new UserChatMessage(prompt)))
        {
            yield return string.Concat(update.ContentUpdate.Select(part => part.Text));
        }
    }

    public override async Task<string> UseToolAsync(string prompt)
    {
        var options = new ChatCompletionOptions
        {
            Tools = { ChatTool.CreateFunctionTool(Weather.Name, Weather.Description, BinaryData.FromString(Weather.Schema)) },
        };
        List<ChatMessage> messages = [new UserChatMessage(prompt)];
        ChatCompletion answer = await client.CompleteChatAsync(messages, options);
        while (answer.FinishReason == ChatFinishReason.ToolCalls)
        {
            messages.Add(new AssistantChatMessage(answer));
            messages.AddRange(answer.ToolCalls.Select(call => new ToolChatMessage(call.Id, Weather.Get(call.FunctionArguments))));
            answer = await client.CompleteChatAsync(messages, options);
        }

        return answer.Content[0].Text;
    }
}
