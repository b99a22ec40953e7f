using System.ClientModel;
using System.ClientModel.Primitives;
using OpenAI;
using OpenAI.Files;
using OpenAI.Responses;
using Xunit;

#pragma warning disable OPENAI001 // The whole of OpenAI.Responses is marked as experimental.

namespace Purser.Clients.Tests;

/// <summary>Files and stored responses of NuGet <c>OpenAI</c>.</summary>
public sealed class DotNetObjectTests(RunningPurser running)
{
    [Fact]
    public async Task Files_are_made_listed_and_taken_away_and_are_unknown_to_others()
    {
        var (own, other) = await ClientsAsync();
        var files = own.GetOpenAIFileClient();

        OpenAIFile made = await files.UploadFileAsync(BinaryData.FromString("hello"), "a.txt", FileUploadPurpose.UserData);

        OpenAIFile shown = await files.GetFileAsync(made.Id);
        BinaryData content = await files.DownloadFileAsync(made.Id);
        OpenAIFileCollection listed = await files.GetFilesAsync();
        Assert.Equal(("a.txt", "hello"), (shown.Filename, content.ToString()));
        Assert.Equal(made.Id, Assert.Single(listed).Id);
        var strangers = other.GetOpenAIFileClient();
        Assert.Empty((await strangers.GetFilesAsync()).Value);
        var error = await Assert.ThrowsAsync<ClientResultException>(() => strangers.GetFileAsync(made.Id));
        Assert.Equal(404, error.Status);
        FileDeletionResult deleted = await files.DeleteFileAsync(made.Id);
        Assert.True(deleted.Deleted);
    }

    [Fact]
    public async Task Stored_responses_are_gone_on_from_and_are_unknown_to_others()
    {
        var (own, other) = await ClientsAsync();
        ResponseResult first = await own.GetResponsesClient().CreateResponseAsync(Asking("Begin."));
        var onwards = Asking("Go on.");
        onwards.PreviousResponseId = first.Id;

        ResponseResult second = await own.GetResponsesClient().CreateResponseAsync(onwards);

        Assert.Equal(first.Id, second.PreviousResponseId);
        ResponseResult shown = await own.GetResponsesClient().GetResponseAsync(first.Id);
        Assert.Equal(first.GetOutputText(), shown.GetOutputText());
        var unknown = await Assert.ThrowsAsync<ClientResultException>(() => other.GetResponsesClient().GetResponseAsync(first.Id));
        var refused = await Assert.ThrowsAsync<ClientResultException>(() => other.GetResponsesClient().CreateResponseAsync(onwards));
        Assert.Equal((404, 400), (unknown.Status, refused.Status));
        Assert.True((await own.GetResponsesClient().DeleteResponseAsync(first.Id)).Value.Deleted);
    }

    private static CreateResponseOptions Asking(string text) =>
        new("gpt-5-mini", [ResponseItem.CreateUserMessageItem(text)]) { MaxOutputTokenCount = 100 };

    private async Task<(OpenAIClient Own, OpenAIClient Other)> ClientsAsync()
    {
        var (session, other) = (await running.SessionAsync("dotnet-objects"), await running.SessionAsync("dotnet-objects-other"));
        return (ClientOf(session), ClientOf(other));
    }

    private static OpenAIClient ClientOf(ClientSession session) =>
        new(
            new ApiKeyCredential(session.Key),
            new OpenAIClientOptions { Endpoint = new Uri(session.OpenAIBaseUrl), RetryPolicy = new ClientRetryPolicy(0) }
        );
}
