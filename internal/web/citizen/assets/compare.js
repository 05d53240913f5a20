// Compares a face before the camera with the photo of a document, in this page
// alone: nothing that it sees, measures or computes leaves it but yes or no. The
// models are other people's (ADR 0041); they are fetched from this service.
const HERE = "/assets/";

// What counts. SAME is the distance of two descriptors, as the signed terms state
// it; the rest keeps bad pictures from being compared at all.
const SAME = 0.5; // frontal, against the photo
const STILL = 0.65; // while the head is turned: that nobody else came
const FRONT = 0.13, TURNED = 0.2; // the nose's way from the middle, by the width of the face
const WIDE = 90; // pixels of a face before the camera
const AGREE = 2, DIFFER = 6, PATIENCE = 90_000; // pictures, pictures, milliseconds

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// models loads what compares.
export async function models() {
  const api = await import(HERE + "face-api.esm.js");
  api.tf.setWasmPaths(HERE);
  await api.tf.setBackend("wasm");
  await api.tf.ready();
  for (const net of [api.nets.ssdMobilenetv1, api.nets.faceLandmark68Net, api.nets.faceRecognitionNet]) await net.loadFromUri(HERE);
  return api;
}

// drawn is a picture on a canvas with a grey border, no smaller than the detector likes.
function drawn(picture, width, height) {
  const scale = Math.max(1, 480 / width), edge = Math.round(width * scale * 0.15);
  const canvas = document.createElement("canvas");
  canvas.width = width * scale + 2 * edge;
  canvas.height = height * scale + 2 * edge;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.fillStyle = "#888";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, edge, edge, width * scale, height * scale);
  return { canvas, scale };
}

// faces are all in a picture, the greatest first.
async function faces(api, picture, width, height) {
  const { canvas, scale } = drawn(picture, width, height);
  const all = await api.detectAllFaces(canvas, new api.SsdMobilenetv1Options({ minConfidence: 0.5, maxResults: 4 })).withFaceLandmarks().withFaceDescriptors();
  return all.map((f) => {
    const p = f.landmarks.positions, left = p[0].x, right = p[16].x;
    return { width: f.detection.box.width / scale, yaw: (2 * p[30].x - left - right) / (right - left), descriptor: f.descriptor };
  }).sort((a, b) => b.width - a.width);
}

// jpeg is the picture in the file of data group 2. JPEG 2000, which browsers do
// not show, is left out.
export function jpeg(file) {
  const at = file.findIndex((b, i) => b === 0xff && file[i + 1] === 0xd8 && file[i + 2] === 0xff);
  if (at < 0) throw new Error("face_photo_unreadable");
  return new Blob([file.subarray(at)], { type: "image/jpeg" });
}

// portrait is the one face of the document's photo.
export async function portrait(api, file) {
  let picture;
  try {
    picture = await createImageBitmap(jpeg(file));
  } catch {
    throw new Error("face_photo_unreadable");
  }
  const found = await faces(api, picture, picture.width, picture.height);
  if (found.length !== 1) throw new Error("face_photo_unreadable");
  return found[0].descriptor;
}

// watched looks through the camera until it can say "match" or "no-match": some
// pictures from the front, then the head turned as asked, by the same person.
export async function watched(api, video, descriptor, turn, tell) {
  const until = performance.now() + PATIENCE;
  let same = 0, other = 0, seen = false;
  while (performance.now() < until) {
    await wait(150);
    const [face, second] = await faces(api, video, video.videoWidth, video.videoHeight);
    if (!face || face.width < WIDE) {
      tell(face ? "closer" : "front");
      continue;
    }
    if (second && second.width > face.width / 2) {
      tell("alone");
      continue;
    }
    seen = true;
    const distance = api.euclideanDistance(face.descriptor, descriptor);
    const turning = same >= AGREE;
    tell(turning ? turn : "front");
    if (turning) {
      // the camera does not mirror: who turns to their left, turns to its right
      if ((turn === "left" ? face.yaw : -face.yaw) >= TURNED && distance <= STILL) return "match";
    } else if (Math.abs(face.yaw) <= FRONT) {
      if (distance <= SAME) same++;
      else if (++other >= DIFFER) return "no-match";
    }
  }
  throw new Error(seen ? "face_not_turned" : "face_not_seen");
}
