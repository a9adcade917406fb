"""A second skeleton in the place of the first: MyoSim's bones, laid on those of BodyParts3D, as a mesh folder for the renderer.

python second_body.py MYOSIM BODY OUT

Each bone of MyoSim is turned, moved and evenly scaled onto its counterpart (closest points), so that joints, skin, organs and every bone
without a counterpart (skull, face, ribs, sternum, neck) stay those of BODY. MYOSIM holds `meshes/*.stl`.
"""

import argparse
import csv
import shutil
from pathlib import Path

import numpy as np
import trimesh
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

NOTE = "MyoSim (github MyoHub/myo_sim), Apache-2.0, laid on BodyParts3D, (c) The Database Center for Life Science, CC BY 4.0"
FINGERS = {"thumb": "1", "index": "2", "middle": "3", "ring": "4", "little": "5"}
RANKS = {n: str(i) for i, n in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 1)}
CARPALS = {"triquetral": "triquetrum", **{k: k for k in "capitate hamate lunate pisiform scaphoid trapezium trapezoid".split()}}
ONE = {"femur_r": "r_femur", "patella_r": "r_patella", "tibia_r": "r_tibia", "fibula_r": "r_fibula", "hip_bone_r": "r_pelvis", "humerus_r": "arm_r_humerus",
       "radius_r": "arm_r_radius", "ulna_r": "arm_r_ulna", "clavicle_r": "clavicle", "scapula_r": "scapula", "sacrum": "sacrum"}
LIMIT = 0.1  # mean distance there and back, as a share of the length, from which a bone is not replaced


def counterpart(group, name):
    """The MyoSim mesh of a right or middle bone, or none."""
    words = name.split("_")
    if group in ONE:
        return ONE[group]
    if group == "carpals_r":
        return "arm_r_" + CARPALS[words[-1]]
    if group == "metacarpals_r":
        return f"arm_r_{RANKS[words[2]]}mc"
    if group == "phalanges_hand_r":
        finger = FINGERS[words[-1] if words[-1] == "thumb" else words[-2]]
        if finger == "1":
            return {"proximal": "arm_r_thumbprox", "distal": "arm_r_thumbdist"}[words[1]]
        return f"arm_r_{finger}{ {'proximal': 'proxph', 'middle': 'midph', 'distal': 'distph'}[words[1]]}"
    if group == "lumbar":
        return "lumbar" + RANKS[words[1]]
    if group == "thoracic":
        return f"thoracic{RANKS[words[1]]}_s"
    if group == "tarsals_r" and words[-1] == "talus":
        return "r_talus"
    return None


def whole(mesh):
    """The largest piece, closed, smooth enough for close views."""
    mesh = max(mesh.split(only_watertight=False), key=lambda m: len(m.faces))
    trimesh.repair.fill_holes(mesh)
    trimesh.repair.fix_normals(mesh)
    while len(mesh.faces) < 2500:
        vertices, faces = trimesh.remesh.subdivide_loop(mesh.vertices, mesh.faces, 1)
        mesh = trimesh.Trimesh(vertices, faces)
    return mesh


def samples(mesh, n=2000):
    return trimesh.sample.sample_surface_even(mesh, n, seed=1)[0]


def similarity(a, b):
    """Turn, scale and shift that lay the points `a` on `b` (Umeyama 1991)."""
    ma, mb = a.mean(0), b.mean(0)
    u, s, vt = np.linalg.svd((b - mb).T @ (a - ma) / len(a))
    d = np.diag([1, 1, np.sign(np.linalg.det(u @ vt))])
    turn = u @ d @ vt
    scale = (s * np.diag(d)).sum() / ((a - ma) ** 2).sum(1).mean()
    return scale, turn, mb - scale * turn @ ma


def closest(a, b, start, rounds=40):
    """Closest points both ways from a first guess; the transformation and its mean distance."""
    scale, turn, shift = start
    tree = cKDTree(b)
    for _ in range(rounds):
        moved = scale * a @ turn.T + shift
        there = tree.query(moved)[1]
        back = cKDTree(moved).query(b)[1]
        scale, turn, shift = similarity(np.concatenate([a, a[back]]), np.concatenate([b[there], b]))
    moved = scale * a @ turn.T + shift
    return (scale, turn, shift), tree.query(moved)[0].mean() + cKDTree(moved).query(b)[0].mean()


def guesses(a, b):
    """The four proper ways to lay main axes on main axes."""
    ua, ub = (np.linalg.svd(np.cov((x - x.mean(0)).T))[0] for x in (a, b))
    scale = np.sqrt(((b - b.mean(0)) ** 2).sum(1).mean() / ((a - a.mean(0)) ** 2).sum(1).mean())
    for x in (1, -1):
        for y in (1, -1):
            turn = ub @ np.diag([x, y, x * y * np.linalg.det(ua) * np.linalg.det(ub)]) @ ua.T
            yield scale, turn, b.mean(0) - scale * turn @ a.mean(0)


def laid(mesh, target, starts=None):
    a, b = samples(mesh), samples(target)
    fits = [closest(a, b, g) for g in (starts or guesses(a, b))]
    (scale, turn, shift), error = min(fits, key=lambda f: f[1])
    return trimesh.Trimesh(scale * mesh.vertices @ turn.T + shift, mesh.faces), error


def write(mesh, path):
    head = f"ply\nformat binary_little_endian 1.0\ncomment {NOTE}\nelement vertex {len(mesh.vertices)}\nproperty float x\nproperty float y\nproperty float z\n"
    head += f"element face {len(mesh.faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    faces = np.zeros(len(mesh.faces), [("n", "u1"), ("v", "<i4", 3)])
    faces["n"], faces["v"] = 3, mesh.faces
    path.write_bytes(head.encode() + mesh.vertices.astype("<f4").tobytes() + faces.tobytes())


def pieces_of(path):
    return [whole(p) for p in trimesh.load(path).split(only_watertight=False) if len(p.faces) > 50]


def laid_together(source, targets):
    """Bones that are pieces of one mesh: laid on as a whole, told apart by place, then each laid on its own."""
    pieces = pieces_of(source)
    a, b = (samples(trimesh.util.concatenate(meshes)) for meshes in (pieces, list(targets.values())))
    (scale, turn, shift), _ = min((closest(a, b, g) for g in guesses(a, b)), key=lambda f: f[1])
    moved = [trimesh.Trimesh(scale * p.vertices @ turn.T + shift, p.faces) for p in pieces]
    far = np.array([[np.linalg.norm(m.centroid - t.centroid) for t in targets.values()] for m in moved])
    for i, j in zip(*linear_sum_assignment(far)):
        file = list(targets)[j]
        yield file, laid(moved[i], targets[file], [(1.0, np.eye(3), targets[file].centroid - moved[i].centroid)])


def right_and_middle(myosim, body, rows):
    """Every bone that has a counterpart, laid on: file, mesh, mean distance."""
    meshes = myosim / "meshes"
    for row in rows:
        source = counterpart(row["group"], Path(row["file"]).stem)
        if source:
            yield row["file"], laid(whole(trimesh.load(meshes / f"{source}.stl")), trimesh.load(body / row["file"]))
    for source, groups in (("r_foot", ("tarsals_r", "metatarsals_r")), ("r_bofoot", ("phalanges_foot_r",))):
        files = [r["file"] for r in rows if r["group"] in groups and "talus" not in r["file"]]
        yield from laid_together(meshes / f"{source}.stl", {f: trimesh.load(body / f) for f in files})


def mirrored(mesh):
    return trimesh.Trimesh(mesh.vertices * [-1, 1, 1], mesh.faces[:, ::-1])


def other_side(file, files):
    """The left bone that belongs to a right one: the same name but for the side and the FMA number."""
    words = Path(file).stem.split("_", 1)[1].replace("right", "left")
    group = file.split("/")[0].replace("_r", "_l")
    return next((f for f in files if f.startswith(group + "/") and Path(f).stem.split("_", 1)[1] == words), None)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("myosim", type=Path)
    p.add_argument("body", type=Path)
    p.add_argument("out", type=Path)
    a = p.parse_args()
    shutil.copytree(a.body, a.out, dirs_exist_ok=True)
    rows = list(csv.DictReader(open(a.body / "parts.csv")))
    files = [r["file"] for r in rows]
    for file, (mesh, error) in right_and_middle(a.myosim, a.body, rows):
        size = np.ptp(mesh.vertices, axis=0).max()
        print(f"{file:64} {error:5.2f} mm of {size:5.0f}" + ("  left as it was" if error > LIMIT * size else ""), flush=True)
        if error > LIMIT * size:
            continue
        write(mesh, a.out / file)
        left = other_side(file, files) if "_r/" in file else None
        if left:
            twin = mirrored(mesh)
            target = trimesh.load(a.body / left)
            write(laid(twin, target, [(1.0, np.eye(3), target.centroid - twin.centroid)])[0], a.out / left)


if __name__ == "__main__":
    main()
