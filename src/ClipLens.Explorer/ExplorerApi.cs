using System.Globalization;
using System.Text.Json;
using ClipLens.Explorer.Live;
using ClipLens.Neurons;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ClipLens.Explorer;

/// <summary>What the live pages ask for beside files: answers in JSON, an error as <c>{"error": "a sentence"}</c>.</summary>
internal sealed class ExplorerApi(ExplorerSite site, HttpContext context)
{
    private const int MostLabelBytes = 64 << 10, MostMergedBytes = 32 << 20;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Answers a request.</summary>
    /// <param name="what">The address behind <c>api/</c>.</param>
    public async Task AnswerAsync(string what)
    {
        try
        {
            object? answer = HttpMethods.IsPost(context.Request.Method) ? await Post(what)
                : HttpMethods.IsGet(context.Request.Method) ? await Task.Run(() => Get(what)) : null;
            if (answer is byte[] file) await SendFile(file);
            else if (answer is null) await Fail(StatusCodes.Status404NotFound, "There is nothing of this name.");
            else await Send(answer);
        }
        catch (ClipLensException error)
        {
            await Fail(StatusCodes.Status422UnprocessableEntity, error.Message);
        }
        catch (BadHttpRequestException error)
        {
            await Fail(error.StatusCode, error.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? $"The file is too large; give one of at most {PictureShelf.MostBytes >> 20} MB." : "The request is damaged.");
        }
        catch (JsonException)
        {
            await Fail(StatusCodes.Status400BadRequest, "The request is damaged.");
        }
        catch (Exception error) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await Fail(StatusCodes.Status500InternalServerError, site.Fault(error));
        }
    }

    private object? Get(string what)
    {
        if (what == "labels") return site.Labels.Export();
        if (what == "state")
        {
            if (Text("page", 20) == "picture") site.Live?.BeginWarmUp();
            return new { prepared = site.IsPrepared, progress = site.Progress };
        }
        if (site.Studies is not { } studies) return null;
        if (what == "search") return studies.Search(Text("q", PictureStudies.LongestName) ?? "");
        if (Text("picture", 20) is not { } id || site.Shelf.Find(id) is not { } picture) return null;
        return what switch
        {
            "predict" => studies.Predict(picture, Names(Text("classes", 8000))),
            "concepts" => studies.Concepts(picture),
            "account" => studies.Account(picture, Name("class"), Text("against", PictureStudies.LongestName) ?? ""),
            "segment" => studies.Segment(picture, Name("class")),
            "like" => studies.Like(picture, Region()),
            _ => null,
        };
    }

    private async Task<object?> Post(string what)
    {
        switch (what)
        {
            case "pictures" when site.Live is not null:
                var picture = site.Shelf.Add(await Body(PictureShelf.MostBytes));
                return new { id = picture.Id, width = picture.Pixels.Width, height = picture.Pixels.Height };
            case "labels":
                var change = JsonSerializer.Deserialize<LabelChange>(await Body(MostLabelBytes), Json) ?? throw new JsonException();
                if (!site.HasNeuron(change.Layer, change.Neuron) || change.Neuron < 0) return null;
                var (label, isWritten) = site.Labels.Put(new NeuronId(change.Layer, change.Neuron),
                    new(change.Name ?? "", change.Note ?? "", change.Star, 0, default), change.Version);
                return new { label, written = isWritten };
            case "labels/merge":
                return new { merged = site.Labels.Merge(await Body(MostMergedBytes)) };
            default:
                return null;
        }
    }

    private async Task<byte[]> Body(int most)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = most;
        using var bytes = new MemoryStream();
        await context.Request.Body.CopyToAsync(bytes, context.RequestAborted);
        return bytes.ToArray();
    }

    private string? Text(string name, int longest) => context.Request.Query[name].ToString() is { Length: > 0 } text
        ? text.Length <= longest ? text : throw new ClipLensException("The text is too long; give a shorter one.") : null;

    private string Name(string name) => Text(name, PictureStudies.LongestName)?.Trim() is { Length: > 0 } text ? text
        : throw new ClipLensException("A class name is empty; give a word such as dog.");

    private static string[] Names(string? list)
    {
        string[] names = list?.Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        return names.Length <= PictureStudies.MostClasses ? names
            : throw new ClipLensException($"Give at most {PictureStudies.MostClasses} classes; longer lists are given when the explorer is "
                + "started.");
    }

    private (int X, int Y, int Width, int Height)? Region()
    {
        if (Text("region", 40) is not { } text) return null;
        int[] numbers = [.. text.Split(',').Select(part =>
            int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1)];
        return numbers is [var x, var y, var width, var height] && numbers.All(number => number >= 0) && x < 1000 && y < 1000 && width > 0
            && height > 0 && x + width <= 1000 && y + height <= 1000 ? (x, y, width, height)
            : throw new ClipLensException("The region is none of the picture's; draw another.");
    }

    private Task SendFile(byte[] file)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"labels.json\"";
        return context.Response.Body.WriteAsync(file).AsTask();
    }

    private Task Send(object answer)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        return JsonSerializer.SerializeAsync(context.Response.Body, answer, answer.GetType(), Json, context.RequestAborted);
    }

    private Task Fail(int status, string sentence)
    {
        context.Response.StatusCode = status;
        return Send(new { error = sentence });
    }

    private sealed record LabelChange(int Layer, int Neuron, string? Name, string? Note, bool Star, int Version);
}
